import * as api from './generated/sdk.gen.ts';
import type { AlertQuery, DismissReason, SampleOutcome, StepBody } from './types.ts';

/** Every read of the API, with the key under which its answer is kept. */
export const keys = {
  summary: ['alert-summary'] as const,
  alerts: (query: AlertQuery) => ['alerts', query] as const,
  alert: (id: string) => ['alert', id] as const,
  decision: (id: string) => ['decision', id] as const,
  rules: ['rules'] as const,
  budget: ['alarm-budget'] as const,
  precision: ['precision'] as const,
  missed: ['missed'] as const,
  fairness: ['fairness'] as const,
  checks: ['sample-checks'] as const,
  holds: (month: string) => ['holds', month] as const,
  clinics: ['clinics'] as const,
  cameras: ['cameras'] as const,
  intake: ['intake'] as const,
  quarantine: (state: QuarantineState) => ['quarantine', state] as const,
};

export const PAGE_SIZE = 50;

export const fetchSummary = async () => (await api.summariseAlerts({ throwOnError: true })).data;

export const fetchAlerts = async (query: AlertQuery, cursor: string | null, signal: AbortSignal) =>
  (
    await api.listAlerts({
      query: { ...query, limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) },
      signal,
      throwOnError: true,
    })
  ).data;

export const fetchAlert = async (id: string, signal: AbortSignal) =>
  (await api.getAlert({ path: { id }, signal, throwOnError: true })).data;

export const takeStep = async (id: string, body: StepBody) =>
  (await api.takeAlertStep({ path: { id }, body, throwOnError: true })).data;

export type Work = 'first' | 'second' | 'verify' | 'determine' | 'handle';

export const nextAlert = async (work: Work) => (await api.nextAlert({ body: { work }, throwOnError: true })).data;

export const excludeMany = async (
  alerts: { id: string; version: number }[],
  reason: DismissReason,
  note: string | undefined,
) =>
  (await api.excludeAlerts({ body: { alerts, reason, ...(note !== undefined && { note }) }, throwOnError: true })).data;

export const escalateAlert = async (id: string, version: number, note: string) =>
  (await api.escalateAlert({ path: { id }, body: { version, note }, throwOnError: true })).data;

export const snoozeAlert = async (id: string, version: number, until: string | null, note: string) =>
  (await api.snoozeAlert({ path: { id }, body: { version, until, note }, throwOnError: true })).data;

export const undoStep = async (id: string, version: number) =>
  (await api.undoAlertStep({ path: { id }, body: { version }, throwOnError: true })).data;

export const fetchRules = async () => (await api.listRules({ throwOnError: true })).data;

export const fetchBudget = async () => (await api.getAlarmBudget({ throwOnError: true })).data;
export const fetchPrecision = async () => (await api.getPrecision({ throwOnError: true })).data;
export const fetchMissed = async () => (await api.getMissed({ throwOnError: true })).data;
export const fetchFairness = async () => (await api.getFairness({ throwOnError: true })).data;

export const fetchSampleChecks = async (cursor: string | null, signal: AbortSignal) =>
  (
    await api.listSampleChecks({
      query: { state: 'open', limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) },
      signal,
      throwOnError: true,
    })
  ).data;

export const answerSampleCheck = async (id: string, outcome: SampleOutcome) =>
  (await api.answerSampleCheck({ path: { id }, body: { outcome }, throwOnError: true })).data;

export const fetchHolds = async (month: string, cursor: string | null, signal: AbortSignal) =>
  (
    await api.listClearingHolds({
      path: { month },
      query: { limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) },
      signal,
      throwOnError: true,
    })
  ).data;

export const acknowledgeHolds = async (month: string, decisionIds: string[]) =>
  (await api.acknowledgeClearingHolds({ path: { month }, body: { decisionIds }, throwOnError: true })).data;

export interface Release {
  readonly means: 'id_card_witnessed' | 'reviewer';
  /** '' where nobody witnessed anything. */
  readonly witness: string;
  readonly note: string;
}

export const fetchDecision = async (id: string, signal: AbortSignal) =>
  (await api.getDecision({ path: { id }, signal, throwOnError: true })).data;

export const releaseHold = async (id: string, { means, witness, note }: Release) =>
  (
    await api.releaseDecision({
      path: { id },
      body: { means, note, ...(witness === '' ? {} : { witness }) },
      throwOnError: true,
    })
  ).data;

export const confirmHold = async (id: string, note: string) =>
  (await api.confirmDecision({ path: { id }, body: { note }, throwOnError: true })).data;

const CLINICS_AT_ONCE = 500;

/** Names of the clinics in the reader's region, for choosing one; a region with more finds the rest by code. */
export const fetchClinics = async () =>
  (await api.listClinics({ query: { limit: CLINICS_AT_ONCE }, throwOnError: true })).data.items;

export const fetchCameras = async (cursor: string | null, signal: AbortSignal) =>
  (
    await api.listCameras({
      query: { limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) },
      signal,
      throwOnError: true,
    })
  ).data;

export const fetchIntake = async () => (await api.getClaimIntake({ throwOnError: true })).data;

export type QuarantineState = 'open' | 'replayed' | 'discarded' | 'all';

export const fetchQuarantine = async (state: QuarantineState, cursor: string | null, signal: AbortSignal) =>
  (
    await api.listClaimQuarantine({
      query: { state, limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) },
      signal,
      throwOnError: true,
    })
  ).data;
