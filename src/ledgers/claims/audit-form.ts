import { type Fields, isFields, type KeyMap, unwrapped, valuesOf } from './nodes.ts';
import { Refusal } from './refusal.ts';

/** 明细审核, before (3101) and while (3102) something is settled, with Hainan's numbers for them. */
const AUDITS = new Set(['3101', '3102', '3660', '3661']);

export const isAudit = (infno: string): boolean => AUDITS.has(infno);

/** Which fields of the audits' nested form mean which of a trial settlement's (DOMAIN.md 1.7). */
const OF_PATIENT = { psn_no: ['patnid', 'psnno'], mdtrt_id: ['currmdtrtid', 'mdtrtid'] } as const;
const OF_ENCOUNTER = {
  mdtrt_id: ['mdtrtid'],
  med_type: ['medtype'],
  medfee_sumamt: ['medfeesumamt'],
  insutype: ['insutype'],
} as const;
const OF_DATA = { trig_scen: ['trigscen'], task_id: ['taskid'], auth_no: ['authno'] } as const;

/**
 * The audits' `data{ patient_dtos[{ fsi_encounter_dtos[] }] }` laid flat like the `data` of a trial settlement. Of several
 * encounters the one that is the current visit counts.
 * @throws Refusal `missing_field` without a patient, `out_of_range` with several: an answer is about one person
 */
export function auditInput(input: unknown, keys: KeyMap): Fields {
  const outer = object(input);
  const data = (outer && object(first(outer, 'data', keys))) ?? outer;
  const patients = data === null ? [] : list(first(data, 'patientdtos', keys));
  const [patient] = patients;
  if (data === null || patient === undefined) throw new Refusal('missing_field', 'request.data.patient_dtos');
  if (patients.length > 1) throw new Refusal('out_of_range', 'patient_dtos: more than one patient');
  const said = picked(patient, OF_PATIENT, keys);
  const encounters = list(first(patient, 'fsiencounterdtos', keys));
  const current = encounters.find((each) => String(first(each, 'mdtrtid', keys)) === String(said.mdtrt_id));
  const encounter = current ?? encounters[0];
  return {
    data: { ...(encounter ? picked(encounter, OF_ENCOUNTER, keys) : {}), ...said, ...picked(data, OF_DATA, keys) },
  };
}

const first = (fields: Fields, key: string, keys: KeyMap): unknown =>
  valuesOf(fields, [key], keys).find((value) => value !== null && value !== '');

function object(value: unknown): Fields | null {
  const opened = unwrapped(value);
  const one = Array.isArray(opened) ? opened[0] : opened;
  return isFields(one) ? one : null;
}

function list(value: unknown): Fields[] {
  const opened = unwrapped(value);
  const all = Array.isArray(opened) ? opened : [opened];
  return all.map(unwrapped).filter(isFields);
}

function picked(
  fields: Fields,
  names: Readonly<Record<string, readonly string[]>>,
  keys: KeyMap,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, places] of Object.entries(names)) {
    const value = valuesOf(fields, places, keys).find((each) => each !== null && each !== undefined && each !== '');
    if (value !== undefined) found[name] = value;
  }
  return found;
}
