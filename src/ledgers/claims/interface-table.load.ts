import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROGRAM_DIR } from '../../platform/config.ts';
import { DomainError } from '../../platform/errors.ts';
import { compileInterface, type InterfaceTable } from './interface-table.ts';

export const INTERFACE_DIR = join(PROGRAM_DIR, 'config', 'interface');

/** Reads the tables of the national interface. @throws DomainError `config_invalid` saying which entry is wrong */
export async function loadInterfaceTable(dir = INTERFACE_DIR): Promise<InterfaceTable> {
  const read = async (name: string): Promise<unknown> =>
    parse(await readFile(join(dir, name), 'utf8'), { merge: true }) as unknown;
  try {
    return compileInterface(await read('envelope.yaml'), await read('transactions.yaml'));
  } catch (error) {
    throw new DomainError(
      'config_invalid',
      `the interface tables cannot be used: ${(error as Error).message}`,
      { remedy: `Correct the file in ${dir}.` },
      { cause: error },
    );
  }
}
