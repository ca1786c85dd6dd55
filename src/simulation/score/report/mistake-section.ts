import type { CityCalendar } from '../city-calendar.ts';
import { MISTAKE_KINDS, type Mistake, type MistakeKind } from '../mistakes.ts';
import { VERDICTS } from '../outcome-table.ts';
import type { Scene, SceneAppearance } from '../scenes.ts';
import type { ScoreInput } from '../score-input.ts';
import { CAME } from '../truth-table.ts';
import { both, count, esc, percent, section, table, yuan } from './markup.ts';
import type { ReportRows } from './report-rows.ts';
import { sceneChart, sceneLegend } from './scene-chart.ts';
import { cameWords, MISTAKE_WORDS, reasonWords, schemeWords } from './words.ts';

export interface MistakeContext {
  readonly input: ScoreInput;
  readonly mistakes: ReadonlyMap<MistakeKind, { readonly all: number; readonly worst: readonly Mistake[] }>;
  readonly scenes: ReadonlyMap<Mistake, Scene>;
  readonly rows: ReportRows;
}

/** The worst mistakes of each kind, each with all that is known about it. */
export function mistakeSections(context: MistakeContext): string {
  return MISTAKE_KINDS.map((kind) => {
    const { all, worst } = context.mistakes.get(kind) ?? { all: 0, worst: [] };
    const words = MISTAKE_WORDS[kind];
    const title = { zh: `${words.title.zh}（${count(all)}）`, en: `${words.title.en} (${count(all)})` };
    if (worst.length === 0) return section(kind, title, `<p class="good">${both({ zh: '没有。', en: 'None.' })}</p>`);
    return section(
      kind,
      title,
      sceneLegend() + worst.map((mistake, i) => article(context, mistake, i + 1)).join(''),
      words.order,
    );
  }).join('');
}

function article(context: MistakeContext, mistake: Mistake, rank: number): string {
  const { input, scenes } = context;
  const { truth, calendar } = input;
  const scene = scenes.get(mistake);
  const name = input.facts.clinics.get(mistake.clinic)?.name ?? '';
  const focal = mistake.settlements.map((i) => ({ at: truth.at[i] ?? 0, label: truth.setlIds[i] ?? '' }));
  const chart = scene
    ? sceneChart(scene, focal.length > 0 ? focal : [{ at: mistake.at, label: mistake.msgids[0] ?? '' }], calendar)
    : '';
  return `<article><header><h4>${rank}. ${both(mistake.title)}</h4><span class="where">${esc(mistake.clinic)} ${esc(name === mistake.clinic ? '' : name)} · ${esc(calendar.timeName(mistake.at))}</span></header>
${mistake.settlements.map((i) => settlementFactsList(context, scene, i)).join('')}
${scene ? clinicFactsList(scene, calendar) : ''}
${chart}
${scene ? appearanceTable(scene, calendar) : ''}
${rawRows(context, mistake)}</article>`;
}

const item = (zh: string, en: string, value: string): string => `<dt>${both({ zh, en })}</dt><dd>${value}</dd>`;

function settlementFactsList({ input }: MistakeContext, scene: Scene | undefined, i: number): string {
  const { truth, outcome, facts, calendar } = input;
  const fraud = truth.fraud[i] === 1;
  const psnNo = facts.people[facts.person[i] ?? -1];
  const person = scene?.people.find((one) => one.psnNo === psnNo);
  const portrait = psnNo === undefined ? undefined : scene?.portraits.get(psnNo);
  const own = outcome.coverage[i] ?? Number.NaN;
  const seen = scene?.coverage(i) ?? null;
  const llr = outcome.llr[i] ?? Number.NaN;
  const reason = outcome.reasons[outcome.reason[i] ?? 0] ?? 'none';
  const verdict = VERDICTS[outcome.verdict[i] ?? 0] ?? 'none';
  const scheme = schemeWords(truth.schemes[truth.scheme[i] ?? 0] ?? 'none');
  const truthWords = fraud
    ? `<b class="bad">${both({ zh: `欺诈：${scheme.zh}`, en: `fraud: ${scheme.en}` })}</b>${truth.concentrated[i] === 1 ? '，集中 concentrated' : ''}`
    : `<b class="good">${both({ zh: '诚实', en: 'honest' })}</b>`;
  const fund = facts.fundFen[i] ?? -1;
  return `<dl>${[
    item(
      '结算',
      'Settlement',
      `<code>${esc(truth.setlIds[i] ?? '')}</code> · ${esc(calendar.timeName(truth.at[i] ?? 0))} · ${fund >= 0 ? `${yuan(fund)} 元` : '金额不详'}${outcome.held[i] === 1 ? ' · <b>暂缓过 held</b>' : ''}`,
    ),
    item(
      '真相',
      'Truth',
      `${truthWords} · ${both({ zh: `到场：${cameWords(CAME[truth.came[i] ?? 0] ?? '').zh}`, en: `came: ${cameWords(CAME[truth.came[i] ?? 0] ?? '').en}` })}${truth.reversed[i] === 1 ? ' · 已撤销 reversed' : ''}${fraud ? ` · 损失 loss ${yuan(truth.lossFen[i] ?? 0)}` : ''}`,
    ),
    item(
      '判定',
      'Verdict',
      `${esc(verdict)} · ${both(reasonWords(reason))} · log10 LR ${Number.isNaN(llr) ? '—' : llr.toFixed(2)}`,
    ),
    item(
      '覆盖',
      'Coverage',
      `${Number.isNaN(own) ? '—' : percent(own, 0)} ${both({ zh: '（系统自报）', en: '(as told)' })} · ${seen === null ? '无摄像机' : percent(seen, 0)} ${both({ zh: '（由数据流核算）', en: '(by the feed)' })}`,
    ),
    psnNo === undefined
      ? ''
      : item(
          '参保人',
          'Claimed person',
          `<code>${esc(psnNo)}</code>${person ? ` · ${esc(person.sex ?? '')} ${esc(person.birth ?? '')} · 户 ${esc(person.household ?? '—')}` : ''} · ${portrait ? `底照 portrait ${esc(portrait.taken ?? '日期不详')}, q ${portrait.quality.toFixed(2)}` : '无底照 no portrait'}`,
        ),
  ].join('')}</dl>`;
}

function clinicFactsList(scene: Scene, calendar: CityCalendar): string {
  const time = (ms: number | null): string => (ms === null ? '—' : esc(calendar.timeName(ms).slice(0, 16)));
  const span = (from: number, to: number | null): string => `${time(from)} → ${time(to)}`;
  const list = (parts: readonly string[]): string =>
    parts.length > 0 ? parts.join('<br>') : '<span class="none">—</span>';
  return `<dl>${[
    item(
      '摄像机',
      'Cameras',
      list(
        scene.cameras.map(
          (camera) =>
            `<code>${esc(camera.id)}</code> ${esc(camera.scenePoint)}${camera.required.length > 0 ? ` (${esc(camera.required.join(', '))})` : ''} · 时钟 clock ${camera.offsetMs >= 0 ? '+' : ''}${(camera.offsetMs / 1000).toFixed(0)} s · 水位 until ${time(camera.until === null ? null : camera.until - camera.offsetMs)}`,
        ),
      ),
    ),
    scene.signIns.length > 0
      ? item(
          '签到',
          'Staff on duty',
          list(scene.signIns.map((one) => `<code>${esc(one.staff)}</code> ${span(one.from, one.to)}`)),
        )
      : '',
    scene.auths.length > 0
      ? item(
          '终端核验',
          'Terminal checks',
          list(
            scene.auths
              .slice(0, 8)
              .map((one) => `${time(one.at)} <code>${esc(one.psnNo)}</code> ${one.ok ? '通过 ok' : '未通过 not ok'}`),
          ),
        )
      : '',
    scene.proxies.length > 0
      ? item(
          '代办登记',
          'Proxies',
          list(
            scene.proxies.map(
              (one) =>
                `<code>${esc(one.proxyPsnNo)}</code> → <code>${esc(one.psnNo)}</code> ${esc(one.relation ?? '')} ${span(one.from, one.to)} · 到达 arrived ${time(one.at)}`,
            ),
          ),
        )
      : '',
    scene.statuses.length > 0
      ? item(
          '名单',
          'Lists',
          list(
            scene.statuses.map(
              (one) =>
                `<code>${esc(one.psnNo)}</code> ${esc(one.what)} ${span(one.from, one.to)} · 到达 arrived ${time(one.at)}`,
            ),
          ),
        )
      : '',
    scene.filed.length > 0
      ? item(
          '报备',
          'Filed',
          list(scene.filed.map((one) => `${esc(one.what)} ${esc(one.psnNo ?? '')} ${span(one.from, one.to)}`)),
        )
      : '',
  ].join('')}</dl>`;
}

const MOST_APPEARANCES = 24;

function appearanceTable(scene: Scene, calendar: CityCalendar): string {
  if (scene.appearances.length === 0)
    return `<p class="note">${both({ zh: '这一段没有任何人出现在摄像机前。', en: 'Nobody appeared before a camera in this time.' })}</p>`;
  const best = (seen: SceneAppearance): [string, number] => {
    const [entry] = [...seen.scores].toSorted(([, a], [, b]) => b.cosine - a.cosine);
    return entry
      ? [
          `${entry[1].cosine.toFixed(3)} · ${entry[1].llr === null ? '—' : entry[1].llr.toFixed(2)} · ${zone(entry[1].zone)} <code>${esc(entry[0])}</code>`,
          entry[1].cosine,
        ]
      : ['—', -2];
  };
  const clock = (ms: number): string => esc(calendar.timeName(ms).slice(11));
  const rows = scene.appearances
    .slice(0, MOST_APPEARANCES)
    .map((seen) => [
      `<code>${esc(seen.camera)}</code>`,
      `${clock(seen.from)} → ${clock(seen.to)}`,
      `<td class="n">${Math.round((seen.to - seen.from) / 1000)} s</td>`,
      `<td class="n">${seen.quality.toFixed(2)} · ${seen.faces}</td>`,
      best(seen)[0],
      seen.staff ? `${seen.staff.cosine.toFixed(3)} · ${zone(seen.staff.zone)}` : '—',
      `${clock(seen.arrivedAt)} ${esc(seen.state)}`,
    ]);
  const more = scene.appearances.length - rows.length;
  const head = [
    '摄像机 Camera',
    '时间 Time',
    '<span class="n">停留 Stay</span>',
    '质量·人脸 Quality · shots',
    '与参保人 Claimed: score · log10 LR',
    '与村医 Staff',
    '到达 Arrived',
  ];
  return `<details><summary>${both({ zh: `出现 ${scene.appearances.length} 次，逐一比分`, en: `${scene.appearances.length} appearances with their scores` })}</summary>${table(head, rows)}${more > 0 ? `<p class="note">… ${more}</p>` : ''}</details>`;
}

const zone = (word: string): string =>
  word === 'match'
    ? '<span class="good">match</span>'
    : word === 'beyond_genuine_tail'
      ? '<span class="bad">beyond</span>'
      : '<span class="none">between</span>';

function rawRows({ input, rows }: MistakeContext, mistake: Mistake): string {
  const ids = mistake.settlements.map((i) => input.truth.setlIds[i] ?? '');
  const lines = [
    ...ids.flatMap((id) => rows.truthOf.get(id) ?? []).map((row) => `truth    ${row}`),
    ...[rows.clinicOf.get(mistake.clinic) ?? []].flat().map((row) => `truth    ${row}`),
    ...mistake.alertIds.flatMap((id) => rows.byAlert.get(id) ?? []).map(shortened),
    ...mistake.msgids.flatMap((id) => rows.byMessage.get(id) ?? []),
    ...ids.flatMap((id) => rows.bySettlement.get(id) ?? []),
  ];
  return `<details><summary>${both({ zh: `原始行（${lines.length}）`, en: `The rows themselves (${lines.length})` })}</summary><pre>${esc(lines.join('\n'))}</pre></details>`;
}

/** An alert about a burst names hundreds of settlements. */
const shortened = (row: string): string =>
  row.length > 1_500 ? `${row.slice(0, 1_500)} … (${row.length} characters)` : row;
