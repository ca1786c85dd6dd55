import type { Static, TObject } from 'typebox';
import type { Facts, SubjectKind } from '../facts.ts';
import type { Basis, FindingClass, Outcome, Phase, RuleOutcome, Severity } from '../findings.ts';

/** What a rule answers. What is left out is taken from the rule and the subject. */
export interface Result {
  readonly outcome: Exclude<Outcome, 'error'>;
  /** Stable code. */
  readonly reason: string;
  readonly zh: string;
  readonly en: string;
  readonly evidence?: Readonly<Record<string, unknown>>;
  readonly basis?: readonly Basis[];
  readonly part?: string;
  readonly class?: FindingClass;
  readonly severity?: Severity;
  readonly phase?: Phase;
  readonly incidentKey?: string;
  readonly psnNo?: string | null;
  readonly cameraId?: string | null;
  readonly setlIds?: readonly string[];
}

/** 规则: a pure function facts → hit, clear or undetermined, with the metadata that supervisors expect (DOMAIN.md 2.2). */
export interface Rule<Kind extends SubjectKind, Parameters extends TObject> {
  /** `A1`; with the version `A1@1`. */
  readonly id: string;
  /** Raised with every change of meaning. */
  readonly version: number;
  readonly names: { readonly zh: string; readonly en: string };
  readonly phase: Phase;
  /** 规则运行结果类型 */
  readonly resultType: '可疑' | '明确违规';
  /** 时间区间 */
  readonly timeSpan: '当次门诊' | '自然日' | '当次中断' | '自然月' | '近30日' | '近60日' | '近期累计';
  readonly subjects: readonly Kind[];
  /** 监管对象 */
  readonly supervised: '机构' | '医务人员' | '参保人' | '设备';
  readonly dataNeeded: readonly string[];
  readonly legalBasis: readonly string[];
  /** 案由 item numbers. */
  readonly causeNo: readonly number[];
  readonly severity: Severity;
  readonly class: FindingClass;
  readonly basis: readonly Basis[];
  readonly parameters: Parameters;
  /** Of a clinic's day that is not over: with fewer settlements that stand it says nothing that matters yet. Left out: 0. */
  leastOfDay?(parameters: Static<Parameters>): number;
  /** False: it has nothing to say about this subject now; what it said before is taken back. */
  applies?(facts: Extract<Facts, { kind: Kind }>, parameters: Static<Parameters>): boolean;
  evaluate(facts: Extract<Facts, { kind: Kind }>, parameters: Static<Parameters>): Result | readonly Result[];
}

/** A rule whatever its subject: what registry and catalogue handle. */
export interface AnyRule extends Omit<Rule<SubjectKind, TObject>, 'applies' | 'evaluate' | 'subjects' | 'leastOfDay'> {
  readonly subjects: readonly SubjectKind[];
  /** Infinity: it says nothing of a clinic's day that is not over. */
  leastOfDay(parameters: Readonly<Record<string, unknown>>): number;
  outcomesFor(facts: Facts, parameters: Readonly<Record<string, unknown>>): RuleOutcome[];
}

/** Declares a rule. Its evaluation is wrapped: wrong subjects are passed over, a throw becomes an `error` outcome. */
export function defineRule<const Kind extends SubjectKind, Parameters extends TObject>(
  rule: Rule<Kind, Parameters>,
): AnyRule {
  const concerns = (facts: Facts): facts is Extract<Facts, { kind: Kind }> =>
    (rule.subjects as readonly SubjectKind[]).includes(facts.kind);
  const outcomesFor = (facts: Facts, parameters: Readonly<Record<string, unknown>>): RuleOutcome[] => {
    if (!concerns(facts)) return [];
    const known = parameters as Static<Parameters>;
    try {
      if (rule.applies && !rule.applies(facts, known)) return [];
      const said = rule.evaluate(facts, known);
      return isOne(said) ? [outcomeOf(rule, facts, said)] : said.map((result) => outcomeOf(rule, facts, result));
    } catch (error) {
      return [
        outcomeOf(rule, facts, {
          outcome: 'error',
          reason: 'rule_failed',
          zh: '规则运行出错，已记录，未作判断。',
          en: 'The rule failed; this was recorded, and nothing follows from it.',
          evidence: { message: (error as Error).message.slice(0, 500) },
        }),
      ];
    }
  };
  const leastOfDay = (parameters: Readonly<Record<string, unknown>>): number =>
    (rule.subjects as readonly SubjectKind[]).includes('clinic_day')
      ? (rule.leastOfDay?.(parameters as Static<Parameters>) ?? 0)
      : Number.POSITIVE_INFINITY;
  const { applies: _applies, evaluate: _evaluate, ...rest } = rule;
  return { ...rest, leastOfDay, outcomesFor };
}

const isOne = (said: Result | readonly Result[]): said is Result => !Array.isArray(said);

/** A rule's answer, with what it left out taken from the rule and the subject. */
function outcomeOf(
  rule: Pick<AnyRule, 'id' | 'version' | 'basis' | 'phase' | 'class' | 'severity'>,
  facts: Facts,
  result: Omit<Result, 'outcome'> & { readonly outcome: Outcome },
): RuleOutcome {
  const defaults = subjectOf(facts);
  return {
    rule: rule.id,
    version: rule.version,
    outcome: result.outcome,
    reason: result.reason,
    zh: result.zh,
    en: result.en,
    evidence: result.evidence ?? {},
    basis: result.basis ?? rule.basis,
    phase: result.phase ?? rule.phase,
    class: result.class ?? rule.class,
    severity: result.severity ?? rule.severity,
    incidentKey: result.incidentKey ?? defaults.incidentKey,
    part: result.part ?? null,
    psnNo: result.psnNo === undefined ? defaults.psnNo : result.psnNo,
    cameraId: result.cameraId === undefined ? defaults.cameraId : result.cameraId,
    setlIds: result.setlIds ?? defaults.setlIds,
  };
}

function subjectOf(facts: Facts): Pick<RuleOutcome, 'incidentKey' | 'psnNo' | 'cameraId' | 'setlIds'> {
  switch (facts.kind) {
    case 'visit':
      return { incidentKey: facts.visitKey, psnNo: facts.person?.psnNo ?? null, cameraId: null, setlIds: [] };
    case 'settlement':
      return {
        incidentKey: facts.visitKey,
        psnNo: facts.person?.psnNo ?? null,
        cameraId: null,
        setlIds: facts.setlId === null ? [] : [facts.setlId],
      };
    case 'clinic_day':
      return { incidentKey: `clinic-day:${facts.clinic.code}:${facts.day}`, psnNo: null, cameraId: null, setlIds: [] };
    case 'camera':
      return {
        incidentKey: `camera:${facts.cameraId}:${facts.startDeviceMs}`,
        psnNo: null,
        cameraId: facts.cameraId,
        setlIds: [],
      };
    case 'camera_clock':
      return {
        incidentKey: `camera-clock:${facts.cameraId}`,
        psnNo: null,
        cameraId: facts.cameraId,
        setlIds: [],
      };
    case 'clinic_score':
      return { incidentKey: `clinic-score:${facts.clinic.code}`, psnNo: null, cameraId: null, setlIds: [] };
    case 'enrollee_score':
      return { incidentKey: `enrollee-score:${facts.psnNo}`, psnNo: facts.psnNo, cameraId: null, setlIds: [] };
    case 'clinic_period':
      return {
        incidentKey: `clinic-month:${facts.clinic.code}:${facts.month}`,
        psnNo: null,
        cameraId: null,
        setlIds: [],
      };
    case 'person_period':
      return {
        incidentKey: `person-month:${facts.psnNo}:${facts.month}`,
        psnNo: facts.psnNo,
        cameraId: null,
        setlIds: [],
      };
  }
}

export const clear = (reason: string, zh: string, en: string): Result => ({ outcome: 'clear', reason, zh, en });

/** Runs every rule on the facts, in order; one that throws stops no other. */
export const evaluateAll = (
  rules: readonly { readonly rule: AnyRule; readonly parameters: Readonly<Record<string, unknown>> }[],
  facts: Facts,
): RuleOutcome[] => rules.flatMap(({ rule, parameters }) => rule.outcomesFor(facts, parameters));
