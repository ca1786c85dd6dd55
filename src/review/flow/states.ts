/** Pure: the states of an alert, and what becomes of it. DOMAIN 5.2. */

export const ALERT_STATES = [
  'new',
  'first_review',
  'excluded',
  'asked',
  'explained',
  'overdue',
  'second_review',
  'verification',
  'final_review',
  'proposed',
  'determined',
  'handling',
  'archived',
  'withdrawn',
] as const;
export type AlertState = (typeof ALERT_STATES)[number];

export const DETERMINATIONS = ['violation', 'suspected_fraud', 'no_violation', 'data_quality'] as const;
export type Determination = (typeof DETERMINATIONS)[number];
export const isAdverse = (determination: Determination): boolean =>
  determination === 'violation' || determination === 'suspected_fraud';

/** Until somebody checks it on the spot, what the machine takes back is taken back. */
const MACHINES: ReadonlySet<AlertState> = new Set([
  'new',
  'first_review',
  'asked',
  'explained',
  'overdue',
  'second_review',
  'withdrawn',
]);
/** Whether people have gone on with it so far that the machine changes its state no more. */
export const isPeoples = (state: AlertState): boolean => !MACHINES.has(state);

const ENDED: ReadonlySet<AlertState> = new Set(['excluded', 'archived', 'withdrawn']);
/** Whether there is work left on it. */
export const isStanding = (state: AlertState): boolean => !ENDED.has(state);
export const STANDING_STATES: readonly AlertState[] = ALERT_STATES.filter(isStanding);
