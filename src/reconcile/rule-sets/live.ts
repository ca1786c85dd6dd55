import type { Clock } from '../../platform/clock.ts';
import { type Db, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import { keepUp } from '../../platform/keep-up.ts';
import type { Logger } from '../../platform/log.ts';
import { openRuleSet, type RuleSet, type RuleSetBody, versionOf } from '../parameters.ts';
import type { RuleCatalogue } from '../rules/catalogue.ts';
import { changedBody, changesBetween, differences } from './changes.ts';
import {
  addProposalEvent,
  bodyOf,
  liveProposal,
  lockProposals,
  type Proposal,
  putProposal,
  putRuleSet,
} from './proposals.store.ts';

export const RULE_SET_CHANNEL = 'claimsight_rule_set';
const BY_FILES = 'system:files';

/** The set in force, as this process knows it. */
export interface LiveRules {
  current(): RuleSet;
  /** Asks the database. @returns whether another set is in force now */
  refresh(): Promise<boolean>;
  /** Keeps up with the database from now on: told at once, and asked every five seconds where the word got lost. */
  watch(): Promise<{ close(): Promise<void> }>;
}

export interface LiveRulesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly catalogue: RuleCatalogue;
  /** What config/rules says: the first set, and later a draft. */
  readonly installed: RuleSet | null;
}

/**
 * Opens the set in force. The first start puts the installed set into force; from then on the database decides, and what is
 * changed in the files becomes a draft.
 * @throws DomainError `config_invalid` when neither the database nor the files have a set
 */
export async function openLiveRules(deps: LiveRulesDeps): Promise<LiveRules> {
  const { db, log, catalogue, installed } = deps;
  if (installed !== null) await db.transaction((tx) => takeIn(tx, deps, installed));
  let current = await readLive(deps);
  warnOfMissing(log, current);

  const refresh = async (): Promise<boolean> => {
    const live = await liveProposal(db);
    if (live === null || live.version === current.version) return false;
    const next = openRuleSet(await bodyOf(db, live.version), { catalogue, version: live.version });
    current = next;
    log.info({ ruleSet: next.version }, 'another rule set is in force');
    warnOfMissing(log, next);
    return true;
  };
  const tryRefresh = (): Promise<unknown> =>
    refresh().catch((error: Error) => log.warn({ err: error.message }, 'the rule set in force could not be read'));

  return {
    current: () => current,
    refresh,
    watch: () => keepUp(db, RULE_SET_CHANNEL, tryRefresh),
  };
}

async function readLive({ db, catalogue, installed }: LiveRulesDeps): Promise<RuleSet> {
  const live = await liveProposal(db);
  if (live === null) throw new DomainError('config_invalid', 'no rule set is in force');
  if (installed !== null && live.version === installed.version) return installed;
  return openRuleSet(await bodyOf(db, live.version), { catalogue, version: live.version });
}

function warnOfMissing(log: Logger, { version, missing }: RuleSet): void {
  if (missing.length === 0) return;
  log.warn(
    { ruleSet: version, missing: missing.map(({ rule }) => rule) },
    'rules of the set in force are not in this program and do not run; propose a set with versions that it has',
  );
}

/** Takes in what the files say, if they say something new. */
async function takeIn(tx: Tx, deps: LiveRulesDeps, installed: RuleSet): Promise<void> {
  const now = deps.clock.now();
  const body = installed.body;
  await lockProposals(tx);
  await putRuleSet(tx, installed.version, body, now);
  const { rows } = await tx.query<{ version: string }>('select version from rule_set_files order by seq desc');
  const known = rows.map(({ version }) => version);
  if (!known.includes(installed.version)) {
    await tx.query('insert into rule_set_files (version, seen_at) values ($1, $2)', [installed.version, ts(now)]);
  }
  const live = await liveProposal(tx);
  if (live === null) {
    await firstSet(tx, installed.version, now);
    return;
  }
  const last = known[0];
  if (last === undefined || known.includes(installed.version) || live.version === installed.version) return;
  // What was changed in the files is changed in the set in force: what people changed since stands.
  const inForce = await bodyOf(tx, live.version);
  const changes = changesBetween(await bodyOf(tx, last), body);
  const wanted = changedBody(inForce, changes, deps.catalogue);
  if (versionOf(wanted) === live.version) return;
  await draftOfFiles(tx, { live, before: inForce, body: wanted, now });
}

async function firstSet(tx: Tx, version: string, now: number): Promise<void> {
  const proposal: Proposal = {
    id: newId(),
    name: '安装时的规则集 installed',
    reason: 'config/rules, as it was at the first start',
    state: 'live',
    source: 'files',
    version,
    baseVersion: null,
    authors: [BY_FILES],
    proposedBy: BY_FILES,
    proposedAt: now,
    decidedBy: BY_FILES,
    decidedAt: now,
    liveFrom: now,
    liveUntil: null,
    reassessFrom: null,
    revision: 1,
    createdAt: now,
    updatedAt: now,
  };
  await putProposal(tx, proposal);
  await addProposalEvent(tx, proposal.id, { at: now, actor: BY_FILES, action: 'installed' });
}

async function draftOfFiles(
  tx: Tx,
  what: { readonly live: Proposal; readonly before: RuleSetBody; readonly body: RuleSetBody; readonly now: number },
): Promise<void> {
  const { live, before, body, now } = what;
  const older = await tx.query<{ id: string }>(
    `update rule_set_proposals set state = 'withdrawn', decided_by = $1, decided_at = $2, updated_at = $2, revision = revision + 1
     where source = 'files' and state = 'draft' returning id`,
    [BY_FILES, ts(now)],
  );
  for (const { id } of older.rows) {
    await addProposalEvent(tx, id, { at: now, actor: BY_FILES, action: 'withdrawn', note: 'the files changed again' });
  }
  const version = versionOf(body);
  await putRuleSet(tx, version, body, now);
  const id = newId();
  await putProposal(tx, {
    id,
    name: '配置文件的改动 changed files',
    reason: 'config/rules was changed, or the program brought other rules: publish it, or withdraw it',
    state: 'draft',
    source: 'files',
    version,
    baseVersion: live.version,
    authors: [BY_FILES],
    proposedBy: null,
    proposedAt: null,
    decidedBy: null,
    decidedAt: null,
    liveFrom: null,
    liveUntil: null,
    reassessFrom: null,
    revision: 1,
    createdAt: now,
    updatedAt: now,
  });
  await addProposalEvent(tx, id, { at: now, actor: BY_FILES, action: 'drafted', detail: differences(before, body) });
}
