import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { DomainError } from '../../platform/errors.ts';
import { type AlarmPolicy, alarmPolicyOf } from './policy.ts';

/** Reads config/review/alarm-budget.yaml. @throws DomainError `config_invalid` naming the entry */
export async function loadAlarmPolicy(path: string): Promise<AlarmPolicy> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new DomainError('config_invalid', `${path} cannot be read: ${error.message}`, {
      remedy: 'See ALARM_BUDGET_FILE in README "Configuration".',
    });
  });
  return alarmPolicyOf(yamlOf(text, path), path);
}

function yamlOf(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new DomainError('config_invalid', `${path} is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
}
