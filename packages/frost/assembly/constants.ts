/** Constants of edwards25519 (RFC 8032 section 5.1) as limbs, all tight. */

/** d = −121665 / 121666. */
export const D = memory.data<i32>([
  -10913610, 13857413, -15372611, 6949391, 114729, -8787816, -6275908, -3247719, -18696448, -12055116,
]);

/** 2 d. */
export const D_DOUBLED = memory.data<i32>([
  -21827239, -5839606, -30745221, 13898782, 229458, 15978800, -12551817, -6495438, 29715968, 9444199,
]);

/** A square root of −1: 2^((p − 1) / 4). */
export const ROOT_OF_MINUS_ONE = memory.data<i32>([
  -32595792, -7943725, 9377950, 3500415, 12389472, -272473, -25146209, -2005654, 326686, 11406482,
]);

/** The base point B, encoded: y = 4/5, x even. */
export const BASE_BYTES = memory.data<u8>([
  0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
  0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
]);

/** L − 1 = 2^252 + 27742317777372353535851937790883648492, the group order less one. */
export const ORDER_LESS_ONE = memory.data<u8>([
  0xec, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0x10,
]);
