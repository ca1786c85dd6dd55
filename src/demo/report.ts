import Table from 'cli-table3';
import { DateTime } from 'luxon';
import type { AlertRow, ExpectationResult } from './expectations.ts';

const PHASES = { pre: '事前 pre', in: '事中 in', post: '事后 post' } as const;
const CLASSES = {
  fraud: '欺诈疑点 fraud',
  evidence: '证据 evidence',
  device: '设备 device',
  data: '数据 data',
} as const;
const PHASE_ORDER = ['pre', 'in', 'post'] as const;

/** The alerts as a table for a terminal, by phase and time. */
export function alertTable(alerts: readonly AlertRow[], zone: string): string {
  const table = new Table({
    head: ['时间 time', '阶段 phase', '类别 class', '规则 rules', '疑点 alert', '状态 state'],
    style: { head: [], border: [] },
  });
  for (const phase of PHASE_ORDER) {
    for (const alert of alerts.filter((one) => one.phase === phase)) {
      table.push([
        DateTime.fromMillis(alert.occurredAt, { zone }).toFormat('HH:mm:ss'),
        PHASES[alert.phase],
        CLASSES[alert.class],
        [...new Set(alert.findings.map((finding) => finding.ruleId))].join(' '),
        `${alert.titleZh}\n${alert.titleEn}`,
        alert.state === 'withdrawn' ? '已撤回 withdrawn' : alert.state,
      ]);
    }
  }
  return table.toString();
}

/** What every scene should give and gave. */
export function expectationTable(results: readonly ExpectationResult[]): string {
  const table = new Table({ head: ['', '场景 scene', '应为 expected', '实为 got'], style: { head: [], border: [] } });
  for (const { scene, expected, got, ok } of results) table.push([ok ? '✓' : '✗', scene, expected, got]);
  return table.toString();
}
