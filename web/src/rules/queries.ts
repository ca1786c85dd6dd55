import * as api from '../api/generated/sdk.gen.ts';
import type {
  DraftRuleSetData,
  GetRuleSetResponse,
  ReviseRuleSetData,
  StartBacktestData,
} from '../api/generated/types.gen.ts';

export type RuleSet = GetRuleSetResponse;
export type Decision = 'propose' | 'approve' | 'reject' | 'withdraw';

export const ruleKeys = {
  sets: ['rule-sets'] as const,
  set: (id: string) => ['rule-set', id] as const,
  backtests: ['backtests'] as const,
};

const MANY = 100;

export const fetchRuleSets = async (cursor: string | null, signal: AbortSignal) =>
  (
    await api.listRuleSets({
      query: { limit: 50, ...(cursor === null ? {} : { cursor }) },
      signal,
      throwOnError: true,
    })
  ).data;

export const fetchRuleSet = async (id: string, signal: AbortSignal) =>
  (await api.getRuleSet({ path: { id }, signal, throwOnError: true })).data;

export const draftRuleSet = async (body: DraftRuleSetData['body']) =>
  (await api.draftRuleSet({ body, throwOnError: true })).data;

export const reviseRuleSet = async (id: string, body: ReviseRuleSetData['body']) =>
  (await api.reviseRuleSet({ path: { id }, body, throwOnError: true })).data;

export async function decideRuleSet(id: string, decision: Decision, revision: number, note: string): Promise<RuleSet> {
  const request = {
    path: { id },
    body: { revision, ...(note.trim() !== '' && { note: note.trim() }) },
    throwOnError: true,
  } as const;
  switch (decision) {
    case 'propose':
      return (await api.proposeRuleSet(request)).data;
    case 'approve':
      return (await api.approveRuleSet(request)).data;
    case 'reject':
      return (await api.rejectRuleSet(request)).data;
    case 'withdraw':
      return (await api.withdrawRuleSet(request)).data;
  }
}

export const startShadow = async (id: string) => (await api.startShadow({ path: { id }, throwOnError: true })).data;
export const endShadow = async (id: string) => (await api.endShadow({ path: { id }, throwOnError: true })).data;

/** The newest backtest of a set among the last hundred. */
export const fetchBacktestOf = async (ruleSetId: string, signal: AbortSignal) =>
  (await api.listBacktests({ query: { limit: MANY }, signal, throwOnError: true })).data.items.find(
    (run) => run.ruleSetId === ruleSetId,
  ) ?? null;

export const startBacktest = async (body: StartBacktestData['body']) =>
  (await api.startBacktest({ body, throwOnError: true })).data;
export const stopBacktest = async (id: string) => (await api.stopBacktest({ path: { id }, throwOnError: true })).data;
