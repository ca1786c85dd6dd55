import type { DeclaredRoute } from './fastify.ts';
import { RIGHTS, ROLES } from './principal.ts';
import { KEY_ROLES, rightsOf } from './rights.ts';
import { RIGHT_WORDS, ROLE_WORDS } from './rights-words.ts';

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const rightCell = (right: DeclaredRoute['right']): string => {
  if (right === 'public') return '公开 open';
  return right === 'signedIn' ? '已登录 signed in' : `\`${right}\``;
};

/** docs/rights.md: who may do what, and which right each route asks for; from the program itself. */
export function rightsDocument(routes: readonly DeclaredRoute[]): string {
  const roles = ROLES.map((role) => [
    `\`${role}\``,
    ROLE_WORDS[role].zh,
    ROLE_WORDS[role].en,
    KEY_ROLES.includes(role) ? (role === 'integrator' ? '人员、密钥 person, key' : '密钥 key') : '人员 person',
    String(rightsOf(role).length),
  ]);
  const rights = RIGHTS.map((right) => [
    `\`${right}\``,
    `${RIGHT_WORDS[right].zh}<br>${RIGHT_WORDS[right].en}`,
    ...ROLES.map((role) => (rightsOf(role).includes(right) ? '●' : '')),
  ]);
  const listed = [...routes]
    .sort((a, b) => `${a.url} ${a.method}`.localeCompare(`${b.url} ${b.method}`, 'en'))
    .map((route) => [route.method, `\`${route.url}\``, rightCell(route.right), route.summary.replaceAll('|', '\\|')]);
  return `# 权限表 / Table of rights

由程序生成（\`npm run generate\`），请勿手工修改；\`tests/integration/access/every-route.test.ts\` 按此表逐一检验。
Generated from the program; a test crosses every route with every role against this table.

权限说"能做什么"，辖区说"对谁做"：区域账号看本区域及下级，机构账号只看本机构；辖区以外一律答复"不存在"（404），不作任何提示。
A right says what, the scope says where: what lies outside one's region or clinic is answered "not found", without a hint.

系统管理员、安全员、审计员须为三个不同的人（按工号）；账号由系统管理员申请、安全员批准。
Administrator, security officer and auditor are three people; an account is asked for by one and let in by another.

## 角色 / Roles

${table(['代码 code', '中文', 'English', '使用者 held by', '权限数 rights'], roles)}

## 角色与权限 / Roles and rights

${table(['权限 right', '说明', ...ROLES.map((role) => ROLE_WORDS[role].zh)], rights)}

## 接口与权限 / Routes and rights

${table(['', '接口 route', '权限 right', 'What it does'], listed)}
`;
}
