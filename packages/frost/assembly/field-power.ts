/** Powers with fixed exponents: the inverse a^(p − 2) and a^((p − 5) / 8), from which square roots are made. */

import { multiply, square, squareTimes } from './field-multiply';

const T0 = memory.data(40, 8);
const T1 = memory.data(40, 8);
const T2 = memory.data(40, 8);
const T3 = memory.data(40, 8);

/** T1 = a^(2^250 − 1) and T0 = a^11, by the usual chain of 1, 5, 10, 20, 40, 50, 100, 200, 250 ones. */
function chain(a: usize): void {
  square(T0, a); // 2
  squareTimes(T1, T0, 2); // 8
  multiply(T1, a, T1); // 9
  multiply(T0, T0, T1); // 11
  square(T2, T0); // 22
  multiply(T1, T1, T2); // 2^5 − 1
  squareTimes(T2, T1, 5);
  multiply(T1, T2, T1); // 2^10 − 1
  squareTimes(T2, T1, 10);
  multiply(T2, T2, T1); // 2^20 − 1
  squareTimes(T3, T2, 20);
  multiply(T2, T3, T2); // 2^40 − 1
  squareTimes(T2, T2, 10);
  multiply(T1, T2, T1); // 2^50 − 1
  squareTimes(T2, T1, 50);
  multiply(T2, T2, T1); // 2^100 − 1
  squareTimes(T3, T2, 100);
  multiply(T2, T3, T2); // 2^200 − 1
  squareTimes(T2, T2, 50);
  multiply(T1, T2, T1); // 2^250 − 1
}

/** out = 1 / a; 0 for 0. a loose; out may be a. */
export function invert(out: usize, a: usize): void {
  chain(a);
  squareTimes(T1, T1, 5); // 2^255 − 32; 11 more make p − 2 = 2^255 − 21
  multiply(out, T1, T0);
}

/** out = a^((p − 5) / 8) = a^(2^252 − 3). a loose; out may be a. */
export function powerForRoot(out: usize, a: usize): void {
  chain(a);
  squareTimes(T1, T1, 2); // 2^252 − 4
  multiply(out, T1, a);
}
