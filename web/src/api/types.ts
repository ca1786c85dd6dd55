import type {
  GetAlertResponse,
  ListAlertsData,
  ListAlertsResponse,
  ListCamerasResponse,
  ListClaimQuarantineResponse,
  ListClearingHoldsResponse,
  ListSampleChecksResponse,
  TakeAlertStepData,
} from './generated/types.gen.ts';

/** Names for the pieces of the generated answers that the pages speak of. */
export type AlertItem = ListAlertsResponse['items'][number];
export type AlertDetail = GetAlertResponse;
export type AlertQuery = Omit<NonNullable<ListAlertsData['query']>, 'cursor' | 'limit'>;
export type StepBody = TakeAlertStepData['body'];
export type Step = StepBody['step'];
export type Measure = AlertDetail['flow']['measures'][number];
export type Phase = AlertItem['phase'];
export type AlertClass = AlertItem['class'];
export type Severity = AlertItem['severity'];
export type AlertState = AlertItem['state'];
export type Claim = AlertDetail['claims'][number];
export type Verdict = NonNullable<Claim['verdict']>;
export type Finding = AlertDetail['findings'][number];
export type Portrait = AlertDetail['portraits'][number];
export type Shot = AlertDetail['bestShots'][number];
export type Snapshot = AlertDetail['snapshots'][number];
export type Timeline = AlertDetail['timeline'];
export type Decision = AlertDetail['decisions'][number];
export type HoldItem = ListClearingHoldsResponse['items'][number];
export type QueueState = AlertItem['queueState'];
export type SampleCheck = ListSampleChecksResponse['items'][number];
export type SampleOutcome = NonNullable<SampleCheck['outcome']>;
/** A share with its interval and the number that it rests on. */
export interface ShareEstimate {
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}
export type CameraItem = ListCamerasResponse['items'][number];
export type QuarantineItem = ListClaimQuarantineResponse['items'][number];

/** `data` of one event of /v1/alerts/stream; the document cannot describe what travels inside a stream. */
export interface AlertStreamEvent {
  readonly seq: number;
  readonly action: string;
  readonly alert: AlertItem;
}

export const PHASES = ['pre', 'in', 'post'] as const satisfies readonly Phase[];
export const CLASSES = ['fraud', 'evidence', 'device', 'data'] as const satisfies readonly AlertClass[];
export const SEVERITIES = ['high', 'medium', 'low'] as const satisfies readonly Severity[];
export const STATES = [
  'new',
  'first_review',
  'asked',
  'explained',
  'overdue',
  'second_review',
  'verification',
  'final_review',
  'proposed',
  'determined',
  'handling',
  'excluded',
  'archived',
  'withdrawn',
] as const satisfies readonly AlertState[];
export const QUEUES = ['shown', 'waiting'] as const satisfies readonly QueueState[];
export const DISMISS_REASONS = [
  'data_quality',
  'proxy',
  'home_visit',
  'twins',
  'device_fault',
  'catalogue_mapping',
  'other',
] as const;
/** How a reviewer made sure that the insured person was there. */
export const INSURED_MET = ['id_card', 'called', 'in_person'] as const;
export type InsuredMet = (typeof INSURED_MET)[number];
export type DismissReason = (typeof DISMISS_REASONS)[number];
