/**
 * Products and squares, the whole cost of this module.
 *
 * Column h_k collects f_i g_j with i + j = k, and 19 times those with i + j = k + 10 (2^255 = 19). Two odd limbs meet one
 * bit above their column, hence the factor 2. Suffixes: `d` doubled, `w` wrapped (times 19), `dw` both.
 *
 * Range: loose operands have |even| <= E = 3.03 * 2^25 and |odd| <= E / 2. The largest column is h0, with one product of even
 * limbs, four wrapped of even (19 each) and five wrapped and doubled of odd ones (38 / 4 each): |h0| <= E^2 (1 + 76 + 47.5) =
 * 124.5 E^2 < 2^60.2. The others are smaller, so nothing overflows 64 bits and the carries give tight limbs.
 */

import { storeCarried } from './field-carry';

/** out = a * b. Loose operands, tight result. */
export function multiply(out: usize, a: usize, b: usize): void {
  const f0 = <i64>load<i32>(a);
  const f1 = <i64>load<i32>(a, 4);
  const f2 = <i64>load<i32>(a, 8);
  const f3 = <i64>load<i32>(a, 12);
  const f4 = <i64>load<i32>(a, 16);
  const f5 = <i64>load<i32>(a, 20);
  const f6 = <i64>load<i32>(a, 24);
  const f7 = <i64>load<i32>(a, 28);
  const f8 = <i64>load<i32>(a, 32);
  const f9 = <i64>load<i32>(a, 36);
  const g0 = <i64>load<i32>(b);
  const g1 = <i64>load<i32>(b, 4);
  const g2 = <i64>load<i32>(b, 8);
  const g3 = <i64>load<i32>(b, 12);
  const g4 = <i64>load<i32>(b, 16);
  const g5 = <i64>load<i32>(b, 20);
  const g6 = <i64>load<i32>(b, 24);
  const g7 = <i64>load<i32>(b, 28);
  const g8 = <i64>load<i32>(b, 32);
  const g9 = <i64>load<i32>(b, 36);
  const g1w = g1 * 19;
  const g2w = g2 * 19;
  const g3w = g3 * 19;
  const g4w = g4 * 19;
  const g5w = g5 * 19;
  const g6w = g6 * 19;
  const g7w = g7 * 19;
  const g8w = g8 * 19;
  const g9w = g9 * 19;
  const f1d = f1 * 2;
  const f3d = f3 * 2;
  const f5d = f5 * 2;
  const f7d = f7 * 2;
  const f9d = f9 * 2;

  const h0 =
    f0 * g0 + f1d * g9w + f2 * g8w + f3d * g7w + f4 * g6w +
    f5d * g5w + f6 * g4w + f7d * g3w + f8 * g2w + f9d * g1w;
  const h1 =
    f0 * g1 + f1 * g0 + f2 * g9w + f3 * g8w + f4 * g7w +
    f5 * g6w + f6 * g5w + f7 * g4w + f8 * g3w + f9 * g2w;
  const h2 =
    f0 * g2 + f1d * g1 + f2 * g0 + f3d * g9w + f4 * g8w +
    f5d * g7w + f6 * g6w + f7d * g5w + f8 * g4w + f9d * g3w;
  const h3 =
    f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + f4 * g9w +
    f5 * g8w + f6 * g7w + f7 * g6w + f8 * g5w + f9 * g4w;
  const h4 =
    f0 * g4 + f1d * g3 + f2 * g2 + f3d * g1 + f4 * g0 +
    f5d * g9w + f6 * g8w + f7d * g7w + f8 * g6w + f9d * g5w;
  const h5 =
    f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 +
    f5 * g0 + f6 * g9w + f7 * g8w + f8 * g7w + f9 * g6w;
  const h6 =
    f0 * g6 + f1d * g5 + f2 * g4 + f3d * g3 + f4 * g2 +
    f5d * g1 + f6 * g0 + f7d * g9w + f8 * g8w + f9d * g7w;
  const h7 =
    f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 +
    f5 * g2 + f6 * g1 + f7 * g0 + f8 * g9w + f9 * g8w;
  const h8 =
    f0 * g8 + f1d * g7 + f2 * g6 + f3d * g5 + f4 * g4 +
    f5d * g3 + f6 * g2 + f7d * g1 + f8 * g0 + f9d * g9w;
  const h9 =
    f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 +
    f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0;
  storeCarried(out, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9);
}

/** out = factor * a * a, the factor (1 or 2) applied before the carries: columns stay below 2^61.2. */
@inline
function squareScaled(out: usize, a: usize, factor: i64): void {
  const f0 = <i64>load<i32>(a);
  const f1 = <i64>load<i32>(a, 4);
  const f2 = <i64>load<i32>(a, 8);
  const f3 = <i64>load<i32>(a, 12);
  const f4 = <i64>load<i32>(a, 16);
  const f5 = <i64>load<i32>(a, 20);
  const f6 = <i64>load<i32>(a, 24);
  const f7 = <i64>load<i32>(a, 28);
  const f8 = <i64>load<i32>(a, 32);
  const f9 = <i64>load<i32>(a, 36);
  const f0d = f0 * 2;
  const f1d = f1 * 2;
  const f2d = f2 * 2;
  const f3d = f3 * 2;
  const f4d = f4 * 2;
  const f5d = f5 * 2;
  const f5dw = f5 * 38;
  const f6d = f6 * 2;
  const f6w = f6 * 19;
  const f7d = f7 * 2;
  const f7dw = f7 * 38;
  const f8w = f8 * 19;
  const f9dw = f9 * 38;

  const h0 = f0 * f0 + f1d * f9dw + f2d * f8w + f3d * f7dw + f4d * f6w + f5 * f5dw;
  const h1 = f0d * f1 + f2 * f9dw + f3d * f8w + f4 * f7dw + f5d * f6w;
  const h2 = f0d * f2 + f1d * f1 + f3d * f9dw + f4d * f8w + f5d * f7dw + f6 * f6w;
  const h3 = f0d * f3 + f1d * f2 + f4 * f9dw + f5d * f8w + f6 * f7dw;
  const h4 = f0d * f4 + f1d * f3d + f2 * f2 + f5d * f9dw + f6d * f8w + f7 * f7dw;
  const h5 = f0d * f5 + f1d * f4 + f2d * f3 + f6 * f9dw + f7d * f8w;
  const h6 = f0d * f6 + f1d * f5d + f2d * f4 + f3d * f3 + f7d * f9dw + f8 * f8w;
  const h7 = f0d * f7 + f1d * f6 + f2d * f5 + f3d * f4 + f8 * f9dw;
  const h8 = f0d * f8 + f1d * f7d + f2d * f6 + f3d * f5d + f4 * f4 + f9 * f9dw;
  const h9 = f0d * f9 + f1d * f8 + f2d * f7 + f3d * f6 + f4d * f5;
  storeCarried(
    out,
    h0 * factor,
    h1 * factor,
    h2 * factor,
    h3 * factor,
    h4 * factor,
    h5 * factor,
    h6 * factor,
    h7 * factor,
    h8 * factor,
    h9 * factor,
  );
}

/** out = a * a. Loose operand, tight result. */
export function square(out: usize, a: usize): void {
  squareScaled(out, a, 1);
}

/** out = 2 a * a. Loose operand, tight result. */
export function squareDoubled(out: usize, a: usize): void {
  squareScaled(out, a, 2);
}

/** out = a^(2^count), count at least 1. */
export function squareTimes(out: usize, a: usize, count: i32): void {
  square(out, a);
  for (let i = 1; i < count; i++) square(out, out);
}
