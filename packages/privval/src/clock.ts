/**
 * Time as a parameter: the dialer and the test node ask this interface, never the process.
 *
 * {@link systemClock} is the one implementation that asks the process; tests drive their own by hand.
 */

export interface Clock {
  /** Milliseconds that only go forward; the zero point means nothing. */
  nowMs(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** The process's monotonic clock and timers. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
