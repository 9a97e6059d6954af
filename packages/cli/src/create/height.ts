/** The highest height that a chain can have (int64). */
export const HEIGHT_MAX = 2n ** 63n - 1n;
