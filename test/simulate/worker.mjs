// Runs slices of seeds for simulate.mjs.

import { drawPlan, runPlan } from '@quorumsign/simulator';

process.on('message', async ({ from, to, options }) => {
  const before = process.cpuUsage();
  const total = { schedules: 0, events: 0, simulatedMs: 0, signed: 0, denied: 0, shares: 0 };
  const failures = [];
  for (let seed = from; seed < to; seed++) {
    let report;
    try {
      report = await runPlan(drawPlan(seed, options));
    } catch (error) {
      failures.push({ seed, text: `the simulator itself failed: ${error.stack}` });
      continue;
    }
    const { violation, ...counts } = report;
    total.schedules++;
    for (const [key, value] of Object.entries(counts)) total[key] += value;
    if (violation !== undefined) failures.push({ seed, rule: violation.rule, text: violation.text });
  }
  const { user, system } = process.cpuUsage(before);
  process.send({ ...total, cpuMs: (user + system) / 1000, failures });
});
