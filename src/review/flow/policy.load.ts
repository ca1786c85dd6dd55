import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { DomainError } from '../../platform/errors.ts';
import type { WorkCalendar } from '../../reconcile/local-time.ts';
import { type FlowPolicy, flowPolicyOf } from './policy.ts';

/** Reads config/review/flow.yaml. @throws DomainError `config_invalid` naming the entry */
export async function loadFlowPolicy(
  path: string,
  days: { readonly calendar: WorkCalendar; readonly timeZone: string },
): Promise<FlowPolicy> {
  try {
    return flowPolicyOf(parse(await readFile(path, 'utf8')), days, path);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('config_invalid', `${path} cannot be read: ${(error as Error).message.split('\n')[0]}`);
  }
}
