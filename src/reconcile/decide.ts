import type { Basis, FindingClass, Outcome } from './findings.ts';
import type { DecisionParameters } from './parameters.ts';

export type DecisionLevel = 'allow' | 'review' | 'hold';
export type Stage = 'registration' | 'trial' | 'settlement';
export type DecisionState = 'standing' | 'released' | 'confirmed' | 'superseded';
/** Why a hold was let go. */
export type ReleaseReason = 'id_card_witnessed' | 'reviewer' | 'deadline' | 'finding_withdrawn';

export interface DecisionReason {
  /** The finding's reason code. */
  readonly code: string;
  /** `id@version` */
  readonly rule: string | null;
  readonly zh: string;
  readonly en: string;
}

/** What a decision looks at: a finding of the visit. */
export interface GroundFinding {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly class: FindingClass;
  readonly basis: readonly Basis[];
  /** It is about the settlement itself, not only about the registration or the trial before it. */
  readonly ofSettlement: boolean;
  /** When it was first found, epoch ms. */
  readonly firstAt: number;
  readonly zh: string;
  readonly en: string;
}

export interface Target {
  readonly decision: DecisionLevel;
  readonly reasons: readonly DecisionReason[];
  readonly stage: Stage;
  /** When to look again, because only then a listed person's settlement is held; null: nothing waits. */
  readonly graceUntil: number | null;
}

const LEVELS: readonly DecisionLevel[] = ['allow', 'review', 'hold'];
/** Lists that say that this person cannot be insured or alive. */
const LISTED_RULES = new Set(['A8']);
/** Lists that are often behind the day: somebody who left the hospital is listed as lying there. */
const DOUBTFUL_LIST_RULES = new Set(['A9']);
const HOUR_MS = 3_600_000;

const restsOnCameras = ({ basis }: GroundFinding): boolean => basis.includes('face') || basis.includes('presence');

/**
 * What findings do to a visit. Missing evidence, a failed rule, a request to register or a doubtful list never hold
 * anybody; a face or presence finding holds only under a card calibrated on the site's own visits; what claims or stock
 * alone say is for reviewers. A listed person is asked about at once and held only when the settlement still stands
 * after a grace: whoever picked the wrong name will have reversed it by then, and nothing is paid out before the
 * month's clearing.
 */
export function targetOf(options: {
  readonly stage: Stage;
  readonly findings: readonly GroundFinding[];
  readonly siteCalibrated: boolean;
  readonly parameters: DecisionParameters;
  readonly now: number;
  /** When the newest settlement that stands was made; null: none stands. */
  readonly settledAt: number | null;
  /** The visit was held before: who settled all the same had been told. */
  readonly warned: boolean;
}): Target {
  const { stage, parameters, siteCalibrated, settledAt, now } = options;
  let graceUntil: number | null = null;
  const listedLevel = (finding: GroundFinding): DecisionLevel => {
    if (stage === 'registration') return 'review';
    if (stage === 'trial') return parameters.listedAtTrial;
    if (parameters.listed !== 'hold' || options.warned) return parameters.listed;
    if (!finding.ofSettlement || settledAt === null) return 'review';
    const ends = Math.max(finding.firstAt, settledAt) + parameters.settlementGraceHours * HOUR_MS;
    if (now >= ends) return 'hold';
    graceUntil = Math.min(graceUntil ?? ends, ends);
    return 'review';
  };
  const findings = options.findings.toSorted((a, b) => (a.ruleId < b.ruleId ? -1 : a.ruleId > b.ruleId ? 1 : 0));
  const levelOf = (finding: GroundFinding): DecisionLevel => {
    const speaksOfList = LISTED_RULES.has(finding.ruleId) || DOUBTFUL_LIST_RULES.has(finding.ruleId);
    // A list that is doubted itself is worth a look while the person stands there, and nothing more.
    if (finding.class !== 'fraud') return speaksOfList && stage === 'trial' ? 'review' : 'allow';
    if (LISTED_RULES.has(finding.ruleId)) return listedLevel(finding);
    if (DOUBTFUL_LIST_RULES.has(finding.ruleId) || !restsOnCameras(finding)) return 'review';
    return siteCalibrated ? parameters.faceWithSiteCalibration : parameters.faceWithoutSiteCalibration;
  };
  const hits = findings.filter(({ outcome }) => outcome === 'hit');
  const level = Math.max(0, ...hits.map((finding) => LEVELS.indexOf(levelOf(finding))));
  // Said only where nothing else is: it is no ground of anything.
  const awaited = findings.find(({ outcome, reason }) => outcome === 'undetermined' && reason === 'not_yet');
  const reasons = (hits.length > 0 || awaited === undefined ? hits : [awaited]).map((finding) => ({
    code: finding.reason,
    rule: `${finding.ruleId}@${finding.ruleVersion}`,
    zh: finding.zh,
    en: finding.en,
  }));
  return {
    decision: LEVELS[level] ?? 'allow',
    reasons: reasons.filter(
      (reason, i) => reasons.findIndex((r) => r.rule === reason.rule && r.code === reason.code) === i,
    ),
    stage,
    graceUntil,
  };
}

/** A decision as it stands. */
export interface Standing {
  readonly decision: DecisionLevel;
  readonly state: DecisionState;
  readonly reasons: readonly DecisionReason[];
  readonly deadlineAt: number | null;
  readonly releaseReason: ReleaseReason | null;
  readonly everHeld: boolean;
  /** It concerned a settlement already, not only a registration or a trial. */
  readonly settled: boolean;
}

export type DecisionChange = 'held' | 'released' | 'confirmed' | 'revised';

export interface Step {
  readonly next: Omit<Standing, 'settled'>;
  /** For `decision_events`; null: nothing that history must tell. */
  readonly event: 'decided' | 'revised' | null;
  /** What others must hear of; null: nothing. */
  readonly change: DecisionChange | null;
}

/**
 * The next state of a decision when its findings change. People's releases stand, unless new grounds appear; a
 * finding that is taken back lets its hold go, even one that was confirmed.
 */
export function step(before: Standing | null, target: Target, deadlineOf: (stage: Stage) => number): Step {
  const heldAnew = (): Step => ({
    next: {
      decision: 'hold',
      state: 'standing',
      reasons: target.reasons,
      deadlineAt: deadlineOf(target.stage),
      releaseReason: null,
      everHeld: true,
    },
    event: before === null ? 'decided' : 'revised',
    change: 'held',
  });
  if (before === null) {
    if (target.decision === 'hold') return heldAnew();
    return {
      next: {
        decision: target.decision,
        state: 'standing',
        reasons: target.reasons,
        deadlineAt: null,
        releaseReason: null,
        everHeld: false,
      },
      event: 'decided',
      change: target.decision === 'review' ? 'revised' : null,
    };
  }
  const { settled: _settled, ...same } = before;
  const unchanged: Step = { next: { ...same, reasons: target.reasons }, event: null, change: null };
  const newGrounds = hitRules(target.reasons).some((rule) => !hitRules(before.reasons).includes(rule));
  const settledNow = target.stage === 'settlement' && !before.settled;

  if (target.decision === 'hold') {
    if (before.state === 'confirmed') return unchanged;
    if (before.decision === 'hold' && before.state === 'standing') {
      if (settledNow) return { ...heldAnew(), change: 'revised' };
      return { ...unchanged, event: newGrounds ? 'revised' : null };
    }
    if (before.state === 'released' && before.decision === 'hold') {
      const byPeople = before.releaseReason === 'id_card_witnessed' || before.releaseReason === 'reviewer';
      // The ten minutes of a trial ran out; the settlement that came all the same is held for the clearing.
      const again = newGrounds || (settledNow && !byPeople);
      return again ? heldAnew() : { next: same, event: null, change: null };
    }
    return heldAnew();
  }
  if (before.decision === 'hold' && before.state !== 'released') {
    return {
      next: {
        ...same,
        decision: target.decision,
        state: 'released',
        reasons: target.reasons,
        deadlineAt: null,
        releaseReason: 'finding_withdrawn',
      },
      event: 'revised',
      change: 'released',
    };
  }
  if (before.decision === 'hold') {
    const byPeople = before.releaseReason === 'id_card_witnessed' || before.releaseReason === 'reviewer';
    if (byPeople) return { next: same, event: null, change: null };
    return {
      next: {
        ...same,
        decision: target.decision,
        reasons: target.reasons,
        deadlineAt: null,
        releaseReason: 'finding_withdrawn',
      },
      event: 'revised',
      change: 'revised',
    };
  }
  if (before.decision !== target.decision) {
    return { next: { ...unchanged.next, decision: target.decision }, event: 'revised', change: 'revised' };
  }
  return unchanged;
}

const hitRules = (reasons: readonly DecisionReason[]): string[] =>
  reasons.flatMap(({ rule, code }) => (rule === null || code === 'not_yet' ? [] : [rule.split('@')[0] ?? rule]));

/** What the clinic is to do now: a hold that was let go allows. */
export const effective = (decision: DecisionLevel, state: DecisionState): DecisionLevel =>
  decision === 'hold' && (state === 'released' || state === 'superseded') ? 'allow' : decision;

/** What can be done instead of the face check. */
const ID_CARD = {
  kind: 'id_card_witness',
  zh: '出示身份证并由见证人核对',
  en: 'Show the ID card and have a witness check it',
} as const;

/** A list speaks against the person who was picked: the commonest cause is the wrong name. */
const CHECK_PERSON = {
  kind: 'check_person',
  zh: '请核对所选人员的姓名和身份证；若选错了人，请撤销后按本人重新办理',
  en: 'Check the name and the ID card of the person picked; if it is the wrong one, reverse it and settle for the right one',
} as const;

/** What the clinic or the patient can do, whatever was decided; null: nothing is asked. */
export function alternativeTo(
  decision: DecisionLevel,
  reasons: readonly DecisionReason[],
): { readonly kind: string; readonly zh: string; readonly en: string } | null {
  if (decision === 'allow') return null;
  const listed = hitRules(reasons).some((rule) => LISTED_RULES.has(rule) || DOUBTFUL_LIST_RULES.has(rule));
  return decision === 'review' && listed ? CHECK_PERSON : ID_CARD;
}
