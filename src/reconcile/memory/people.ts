import { clinicsTable } from '../../access/tables.ts';
import type { SettlementRow } from '../../ledgers/claims/rows.ts';
import { settlementsTable } from '../../ledgers/claims/tables.ts';
import { terminalAuthsTable } from '../../ledgers/presence/tables.ts';
import type { MemoryPeople } from '../../people/memory-people.ts';
import type { PersonDossier } from '../../people/person-dossier.ts';
import { filingsTable, type PortraitRow, staffTable } from '../../people/tables.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { Span } from '../intervals.ts';
import type { ReconcileStore } from '../store.ts';
import type { PartyRows, PeopleRows, PortraitBrief } from '../store-rows.ts';
import type { Behind } from './behind.ts';
import type { Left } from './left.ts';

/** Nobody settles more often in a day or two. */
const MOST_ELSEWHERE = 500;

type People = Pick<ReconcileStore, 'parties' | 'people' | 'templates' | 'filings' | 'clinicOfStaff'>;

export function peopleIn(deps: {
  readonly workingSet: WorkingSet;
  readonly left: Left;
  readonly behind: Behind;
  readonly people: MemoryPeople;
}): People {
  const { workingSet, left, behind, people } = deps;
  const clinics = workingSet.table(clinicsTable);
  const staff = workingSet.table(staffTable);
  const filings = workingSet.table(filingsTable);
  const settlements = workingSet.table(settlementsTable);
  const auths = workingSet.table(terminalAuthsTable);

  /** Those whose portraits alone matter: their households need not be here. Read what this gives at once. */
  const dossiersOf = async (psnNos: readonly string[]): Promise<readonly PersonDossier[]> => {
    const missing = psnNos.filter((psnNo) => people.cache.get(psnNo) === undefined);
    if (missing.length > 0) await people.cache.load(missing);
    return psnNos.flatMap((psnNo) => people.cache.get(psnNo) ?? []);
  };

  const settledIn = async (clinicCode: string, from: number, to: number): Promise<string[]> => {
    if (from < left.horizon) await workingSet.ensure(clinicCode, from, to);
    const found = new Set<string>();
    for (const { psn_no: psnNo } of settlements.within(clinicCode, from, to - 1)) if (psnNo !== null) found.add(psnNo);
    return [...found];
  };

  const settledElsewhere = async (
    clinicCode: string,
    psnNo: string,
    { from, to }: Span,
  ): Promise<PartyRows['elsewhere']> => {
    const fits = (row: Pick<SettlementRow, 'clinic_code' | 'at' | 'reversed_at'>): boolean =>
      row.clinic_code !== clinicCode && row.reversed_at === null && row.at >= from && row.at <= to;
    const own = settlements.by('psn_no', psnNo);
    const found: Pick<SettlementRow, 'clinic_code' | 'setl_id' | 'msgid' | 'at'>[] = own.filter(fits);
    if (from < left.horizon && left.mayHavePerson(psnNo)) {
      const query = { psnNos: [psnNo], from, to: Math.min(to, left.horizon), limit: MOST_ELSEWHERE };
      for (const row of await behind.settlements(query)) {
        if (fits(row) && settlements.by('id', row.id).length === 0) found.push(row);
      }
    }
    return found.map(({ clinic_code, setl_id, msgid, at }) => ({
      clinic_code,
      setl_id,
      msgid,
      at,
      region_code: clinics.get(clinic_code)?.region_code ?? null,
    }));
  };

  return {
    async parties({ clinicCode, psnNo, at, around, elsewhere }) {
      if (psnNo !== null && around.from < left.horizon) await workingSet.ensure(clinicCode, around.from, around.to);
      const others = psnNo === null || elsewhere === null ? [] : await settledElsewhere(clinicCode, psnNo, elsewhere);
      // Last, and read in the same breath: waiting may push him out again.
      if (psnNo !== null) await people.ready([psnNo]);
      const dossier = psnNo === null ? null : people.of(psnNo);
      return {
        clinic: clinics.get(clinicCode) ?? null,
        person: dossier?.person ?? null,
        statuses: dossier?.statuses ?? [],
        filings: filings
          .by('clinic', clinicCode)
          .filter((row) => row.from_at <= at && (row.to_at === null || row.to_at > at)),
        auths:
          psnNo === null
            ? []
            : auths
                .by('psn', psnNo)
                .filter((row) => row.clinic_code === clinicCode && row.at >= around.from && row.at <= around.to),
        elsewhere: others,
      };
    },

    async people({ clinicCode, psnNos, others }) {
      const settled = others === null ? [] : await settledIn(clinicCode, others.from, others.to);
      const ofClinic = staff.by('clinic', clinicCode);
      await people.ready(psnNos);
      const proxies: PersonDossier['proxies'][number][] = [];
      const households: PeopleRows['households'][number][] = [];
      /** Whose portraits are asked for; those of psnNos are read already. */
      const meant = new Set<string>();
      const portraits: PortraitBrief[] = [];
      const named = new Set<string>();
      for (const psnNo of psnNos) {
        const dossier = people.of(psnNo);
        addUsable(portraits, dossier.portraits);
        for (const proxy of dossier.proxies) {
          proxies.push(proxy);
          meant.add(proxy.proxy_psn_no);
        }
        const household = dossier.person?.household ?? null;
        if (household === null || named.has(household)) continue;
        named.add(household);
        for (const kin of people.household(household)) {
          households.push({ psn_no: kin, household });
          meant.add(kin);
        }
      }
      for (const row of ofClinic) {
        addUsable(portraits, people.portraitsOfStaff(row.id));
        if (row.psn_no !== null) meant.add(row.psn_no);
      }
      for (const psnNo of settled) meant.add(psnNo);
      for (const psnNo of psnNos) meant.delete(psnNo);
      for (const dossier of await dossiersOf([...meant])) addUsable(portraits, dossier.portraits);
      return { staff: ofClinic, proxies, households, others: settled, portraits };
    },

    templates: (ids) => people.templates.read(ids),

    async filings({ clinicCode, from, to }) {
      return filings
        .by('clinic', clinicCode)
        .filter((row) => row.from_at <= to && (row.to_at === null || row.to_at >= from));
    },

    async clinicOfStaff(staffId) {
      return staff.get(staffId)?.clinic_code ?? null;
    },
  };
}

function addUsable(to: PortraitBrief[], rows: readonly PortraitRow[]): void {
  for (const row of rows) if (isUsable(row)) to.push(row);
}

const isUsable = (row: PortraitRow): row is PortraitRow & PortraitBrief =>
  row.state === 'accepted' && row.template_id !== null;
