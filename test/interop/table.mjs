// The table of all rows, and the closing line.

const COLUMNS = ['version', 'transport', 'heights', 'missed', 'evidence', 'kill gap', 'time', 'verdict'];

export function table(results) {
  const lines = [COLUMNS, ...results.map(cells)];
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  const text = lines.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at]))
      .join('  ')
      .trimEnd(),
  );
  const count = (verdict) => results.filter((result) => result.verdict === verdict).length;
  return `${text.join('\n')}\n\n${count('passed')} passed, ${count('FAILED')} failed, ${count('SKIPPED')} skipped`;
}

function cells({ row, outcome = {}, seconds, verdict }) {
  const { heights, missed, evidence, killGapMs } = outcome;
  const shown = (value, unit = '') => (value === undefined ? '-' : `${value}${unit}`);
  const what = row.name.slice(row.version.length + 1);
  return [
    row.version,
    what.startsWith(row.transport) ? what : row.transport,
    shown(heights),
    shown(missed),
    shown(evidence),
    shown(killGapMs, ' ms'),
    `${seconds} s`,
    verdict,
  ];
}
