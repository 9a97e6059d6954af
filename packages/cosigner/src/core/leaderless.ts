/**
 * When a cosigner without a leader gives its nodes up, so that they go to a cosigner on the majority's side.
 *
 * After a second without a leader; once for each loss of its leader, at most once in 5 s; and after two such without a
 * signature between, only at a request's own deadline (design, section 4).
 */

export const LEADERLESS_MS = 1000;
const AGAIN_MS = 5000;
const WITHOUT_SIGNATURE_MAX = 2;
/** A request that arrives while leaderless is held this long before its connection is given up. */
export const LEADERLESS_REQUEST_MS = 300;

export class Leaderless {
  #sinceMs: number | undefined;
  #gaveUpThisLoss = false;
  #lastGiveUpMs = Number.NEGATIVE_INFINITY;
  #giveUpsWithoutSignature = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** @returns true when the nodes are to be given up now */
  observe(hasLeader: boolean, nowMs: number): boolean {
    if (hasLeader) {
      this.#sinceMs = undefined;
      this.#gaveUpThisLoss = false;
      return false;
    }
    this.#sinceMs ??= nowMs;
    if (this.#gaveUpThisLoss || !this.isLong(nowMs) || !this.#mayGiveUp(nowMs)) return false;
    this.#gaveUpThisLoss = true;
    this.#count(nowMs);
    return true;
  }

  /** Leaderless for a second or more. */
  isLong(nowMs: number): boolean {
    return this.#sinceMs !== undefined && nowMs - this.#sinceMs >= LEADERLESS_MS;
  }

  /** Whether a request that waited since `arrivedMs` is given up before its deadline. */
  givesUpRequest(arrivedMs: number, nowMs: number): boolean {
    if (!this.isLong(nowMs) || nowMs - arrivedMs < LEADERLESS_REQUEST_MS) return false;
    if (!this.#mayGiveUp(nowMs)) return false;
    this.#count(nowMs);
    return true;
  }

  signed(): void {
    this.#giveUpsWithoutSignature = 0;
  }

  #mayGiveUp(nowMs: number): boolean {
    return this.#giveUpsWithoutSignature < WITHOUT_SIGNATURE_MAX && nowMs - this.#lastGiveUpMs >= AGAIN_MS;
  }

  #count(nowMs: number): void {
    this.#lastGiveUpMs = nowMs;
    this.#giveUpsWithoutSignature++;
  }
}
