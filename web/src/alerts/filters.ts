/** The list's filters stand in the address, so that a list can be sent to a colleague and the way back finds it again. */
export interface ListFilters {
  readonly phase: readonly string[];
  readonly class: readonly string[];
  readonly severity: readonly string[];
  /** Empty: every state. */
  readonly state: readonly string[];
  readonly rule: readonly string[];
  /** What passed the alarm budget, or what waits for it. */
  readonly queue: 'shown' | 'waiting';
  readonly clinic: string;
  readonly q: string;
}

export const STANDING_STATES = [
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
] as const;
export const ALL = 'all';
const MANY = ['phase', 'class', 'severity', 'rule'] as const;

/** Without `state` in the address: what still stands. `state=all`: everything. */
export function readFilters(params: URLSearchParams): ListFilters {
  const states = params.getAll('state').filter((value) => value !== '');
  return {
    phase: params.getAll('phase'),
    class: params.getAll('class'),
    severity: params.getAll('severity'),
    rule: params.getAll('rule'),
    state: states.includes(ALL) ? [] : states.length === 0 ? [...STANDING_STATES] : states,
    queue: params.get('queue') === 'waiting' ? 'waiting' : 'shown',
    clinic: params.get('clinic') ?? '',
    q: params.get('q') ?? '',
  };
}

export function writeFilters(filters: ListFilters): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of MANY) for (const value of filters[name]) params.append(name, value);
  if (filters.state.length === 0) params.append('state', ALL);
  else if (!isStandingOnly(filters.state)) for (const state of filters.state) params.append('state', state);
  if (filters.queue !== 'shown') params.set('queue', filters.queue);
  if (filters.clinic !== '') params.set('clinic', filters.clinic);
  if (filters.q !== '') params.set('q', filters.q);
  return params;
}

/** What the list shows when nobody chooses a state. */
export const isStandingOnly = (states: readonly string[]): boolean =>
  states.length === STANDING_STATES.length && STANDING_STATES.every((state) => states.includes(state));

export const isFiltered = (filters: ListFilters): boolean => writeFilters(filters).size > 0;

interface Matchable {
  readonly phase: string;
  readonly class: string;
  readonly severity: string;
  readonly state: string;
  readonly queueState: string;
  readonly rules: readonly string[];
  readonly clinic: { readonly code: string };
}

/** Whether a live alert belongs to this list. A search by `q` is the server's alone: such a list takes in nothing live. */
export function matches(filters: ListFilters, alert: Matchable): boolean {
  const among = (values: readonly string[], value: string): boolean => values.length === 0 || values.includes(value);
  return (
    filters.q === '' &&
    filters.queue === alert.queueState &&
    among(filters.phase, alert.phase) &&
    among(filters.class, alert.class) &&
    among(filters.severity, alert.severity) &&
    among(filters.state, alert.state) &&
    (filters.clinic === '' || filters.clinic === alert.clinic.code) &&
    (filters.rule.length === 0 ||
      alert.rules.some((rule) => filters.rule.includes(rule) || filters.rule.includes(rule.split('@')[0] ?? rule)))
  );
}
