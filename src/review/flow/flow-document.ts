import { ALERT_STATES } from './states.ts';
import { TRANSITIONS } from './transitions.ts';

const STATE_WORDS: Readonly<Record<(typeof ALERT_STATES)[number], string>> = {
  new: '待初审 · waits for its first review',
  first_review: '初审中 · somebody reviews it',
  excluded: '已排除 · no suspicion, with the reason',
  asked: '待机构说明 · the clinic is asked',
  explained: '机构已说明 · the clinic has explained',
  overdue: '逾期未说明 · its time is over, which is no confession',
  second_review: '复审中 · a second person reviews it',
  verification: '核查中 · is verified, online or on the spot',
  final_review: '待终审 · waits for a determination',
  proposed: '待第二人同意 · a violation is proposed by one person',
  determined: '已认定 · 违规, 涉嫌欺诈, 不违规, 数据质量',
  handling: '处理中 · measures are ordered, money comes back',
  archived: '已归档 · done',
  withdrawn: '已撤回 · the machine took its findings back',
};

/** docs/review-flow.md, written from the table itself. */
export function flowDocument(): string {
  const lines = TRANSITIONS.map(
    (row) =>
      `| \`${row.step}\` ${row.words.zh} | ${row.from.map((state) => `\`${state}\``).join(' ')} | \`${row.to}\` | ${
        row.right === 'system' ? 'the clock' : `\`${row.right}\``
      }${row.notBy === undefined ? '' : `, not the ${row.notBy.replace('_', ' ')}`} | ${
        row.classes === undefined ? 'all' : row.classes.join(', ')
      } | ${row.needs.map((need) => need.replaceAll('_', ' ')).join(', ') || '-'} | ${row.records.join(', ') || '-'} |`,
  );
  return `# From an alert to a determination · 从疑点到认定

Written by \`npm run generate\` from \`src/review/flow/transitions.ts\`: the program asks the same table. What stands not here is refused
with the reason. Limits, the level of the final review, measures and shares are configuration: \`config/review/flow.yaml\`; working days
by \`config/calendar\` and \`claimsight calendar import\`.

## States

| State | |
|---|---|
${ALERT_STATES.map((state) => `| \`${state}\` | ${STATE_WORDS[state]} |`).join('\n')}

## Steps

\`POST /v1/alerts/{id}/steps\` with \`step\`, the \`version\` that was looked at, and what the step needs. A stale version answers 409 with
the newest. \`GET /v1/alerts/{id}\` lists under \`steps\` what its reader may do now.

| Step | From | To | Who | Class | Needs | Records |
|---|---|---|---|---|---|---|
${lines.join('\n')}

## Beside the table

- **Undo**: \`POST /v1/alerts/{id}/undo\` takes the last step back, by whoever took it (or directs the work), while nobody has gone on and
  the machine has not changed its state. What the step wrote (disposition, explanation, measures, money) is taken back with it; history keeps both.
- **The machine** raises alerts as \`new\`, takes them back (\`withdrawn\`) when their findings go away, and brings them back when they return;
  from \`verification\` on people carry an alert: it then only says that its findings are gone. An excluded alert comes back only for a rule that had not hit.
- **Two people**: first and second review, and both voices for a violation, are told apart by the person's number, not by the account.
- **A clinic** sees an alert from the moment it is asked, with its question, its own words and the outcome; neither odds nor who works on it.
- **The next case**: \`POST /v1/alerts/next\` hands out, and locks softly, one's own first, then what holds a settlement back, what was sent up,
  what is late, and then what is worth most for a minute of review.
- **A second look**: a share of what was excluded is drawn by its number and shown, without what was said of it, to somebody else.
`;
}
