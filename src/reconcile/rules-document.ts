import { type WindowFile, WindowSchema } from './parameters.ts';
import { DEFINITIONS } from './rules/definitions.ts';
import { allRules } from './rules/index.ts';
import { rulesWithoutSource } from './rules/no-source.ts';
import type { AnyRule } from './rules/rule.ts';

const PHASES = { pre: '事前 pre', in: '事中 in', post: '事后 post' } as const;
const SEVERITIES = { high: '高 high', medium: '中 medium', low: '低 low' } as const;
const CLASSES = {
  fraud: '疑点 fraud',
  evidence: '证据完整性 evidence',
  device: '设备 device',
  data: '数据质量 data',
} as const;

interface ParameterSchema {
  readonly default?: unknown;
  readonly unit?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly description?: string;
}

/** docs/rules.md: the catalogue as the program has it. */
export function rulesDocument(): string {
  const rules = allRules.toSorted((a, b) => compareIds(a.id, b.id));
  return [
    '# 规则目录 Rule catalogue',
    '',
    'Written by `npm run generate` from the rules themselves. Every threshold is a proposal of this program, not an official value: it is configuration (`config/rules/<rule>.yaml`, or a rule set that one person publishes and another approves), and `GET /v1/rules` shows what is in force.',
    '',
    'A rule answers *hit*, *clear* or *undetermined*; missing evidence never speaks against anybody. A rule that throws gives *error* and stops no other. A hit is a 疑点, never a penalty: which of them a person sees is decided by the alarm budget (`config/review/alarm-budget.yaml`). Registered proxies, filed home visits, vaccination days, the staff’s own visits and whom the national terminal recognised are explained first.',
    '',
    '| | 规则 | Rule | 环节 | 类别 | 对象 |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rules.map(
      (rule) =>
        `| [${rule.id}](#${anchorOf(rule)}) | ${rule.names.zh} | ${rule.names.en} | ${PHASES[rule.phase]} | ${CLASSES[rule.class]} | ${rule.supervised} |`,
    ),
    '',
    ...rules.flatMap(section),
    '## 无数据来源 No data source',
    '',
    'Rules of the typology, or parts of rules, that no feed can answer today. They find nothing, and that is no all-clear.',
    '',
    '| | 规则 Rule | 部分 Part | 需要 Needed |',
    '| --- | --- | --- | --- |',
    ...rulesWithoutSource.map(
      ({ id, names, part, needs }) =>
        `| ${id} | ${names.zh}<br>${names.en} | ${part === null ? '全部 all' : `${part.zh}<br>${part.en}`} | ${needs.zh}<br>${needs.en} |`,
    ),
    '',
    '## 窗口与判定参数 The window and the verdict (`window.yaml`)',
    '',
    ...parameterTable(WindowSchema.properties satisfies Record<keyof WindowFile, unknown>),
    '',
  ].join('\n');
}

const headingOf = (rule: AnyRule): string => `${rule.id} ${rule.names.zh}`;
const anchorOf = (rule: AnyRule): string =>
  headingOf(rule)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .replaceAll(' ', '-');

function section(rule: AnyRule): string[] {
  const definition = DEFINITIONS[rule.id];
  const facts = [
    `**${rule.id}@${rule.version}**`,
    `环节 ${PHASES[rule.phase]}`,
    `结果类型 ${rule.resultType}`,
    `时间区间 ${rule.timeSpan}`,
    `监管对象 ${rule.supervised}`,
    `严重程度 ${SEVERITIES[rule.severity]}`,
    `类别 ${CLASSES[rule.class]}`,
  ];
  return [
    `## ${headingOf(rule)}`,
    '',
    `*${rule.names.en}.* ${facts.join(' · ')}`,
    '',
    ...(definition === undefined
      ? []
      : [
          definition.zh,
          '',
          definition.en,
          '',
          `- 排除与不判定: ${definition.except.zh}`,
          `- Explained first, or undetermined: ${definition.except.en}`,
        ]),
    `- 数据 data: ${rule.dataNeeded.join('、')}`,
    `- 法律依据 law: ${rule.legalBasis.length === 0 ? '—' : rule.legalBasis.join('；')}`,
    `- 案由序号 case causes: ${rule.causeNo.length === 0 ? '—' : rule.causeNo.join(', ')}`,
    `- 程序内对象 subjects: ${rule.subjects.join(', ')}; 依据 basis: ${rule.basis.join(', ')}`,
    '',
    ...parameterTable(rule.parameters.properties),
    '',
  ];
}

function parameterTable(properties: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(properties) as [string, ParameterSchema][];
  if (entries.length === 0) return ['No parameters.'];
  return [
    '| 参数 Parameter | 默认 Default | 单位 Unit | 范围 Bounds | 含义 Meaning |',
    '| --- | --- | --- | --- | --- |',
    ...entries.map(
      ([name, schema]) =>
        `| \`${name}\` | ${shown(schema.default)} | ${schema.unit ?? ''} | ${boundsOf(schema)} | ${schema.description ?? ''} |`,
    ),
  ];
}

const shown = (value: unknown): string => {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) return `table of ${value.length}`;
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``.replaceAll('|', '\\|');
};

function boundsOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: ParameterSchema): string {
  const least = minimum ?? exclusiveMinimum;
  const most = maximum ?? exclusiveMaximum;
  return least === undefined && most === undefined ? '' : `${least ?? ''} – ${most ?? ''}`;
}

/** A1, A2, … A10, B1: letters, then numbers. */
const compareIds = (a: string, b: string): number =>
  (a[0] ?? '').localeCompare(b[0] ?? '') || Number.parseInt(a.slice(1), 10) - Number.parseInt(b.slice(1), 10);
