export type { DealOptions } from './dealer.js';
export { FrostError, type FrostErrorDetail } from './errors.js';
export { type Frost, loadFrost } from './frost.js';
export { assertIdentifiers, type GroupPublic, IDENTIFIER_MAX } from './group.js';
export { type NonceCommitment, NoncePair, type RandomBytes } from './nonce-pair.js';
export { NonceStock, PAIRS_PER_RESERVATION_MAX, RESERVATIONS_MAX, type Reservation } from './nonce-stock.js';
export { type PreparedCommitment, releaseCommitment } from './prepared-commitment.js';
export {
  assertDealer,
  assertNewHolder,
  assertResharingPlan,
  everyDeal,
  type ResharingDeal,
  type ResharingPlan,
} from './resharing-plan.js';
export { POINT_BYTES, SCALAR_BYTES } from './scalar.js';
export type { BoundSession, SessionCommitment, SigningSession } from './session.js';
export { SigningShare } from './signing-share.js';
