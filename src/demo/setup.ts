import type { Role } from '../access/principal.ts';
import { putRegion, regionOf } from '../access/regions.store.ts';
import { createUser } from '../access/users.store.ts';
import { putCamera } from '../devices/camera.store.ts';
import type { Runtime } from '../platform/runtime.ts';
import { type ApiClient, logIn, withKey } from './api-client.ts';
import { type Cutout, portraitOf } from './footage/cutouts.ts';
import { certnoOf } from './messages.ts';
import type { Scenario } from './scenario.ts';

export interface DemoUser {
  readonly username: string;
  readonly password: string;
  readonly role: Role;
  /** null: bound to `clinic`. */
  readonly region: string | null;
  readonly clinic: string | null;
}

export interface DemoSetup {
  readonly users: readonly DemoUser[];
  /** Keys by role: `his` is the clinic's, `mirror` and `clearing` the region's. */
  readonly apiKeys: Readonly<Record<'his' | 'mirror' | 'clearing', string>>;
  readonly admin: ApiClient;
  readonly supervisor: ApiClient;
  readonly his: ApiClient;
}

const ACCOUNTS: readonly (readonly [username: string, role: Role, displayName: string])[] = [
  ['admin', 'admin', '系统管理员'],
  ['security', 'security', '安全员'],
  ['auditor', 'auditor', '审计员'],
  ['supervisor', 'supervisor', '监管员'],
  ['supervisor2', 'supervisor', '监管员二'],
  ['reviewer', 'first_reviewer', '初审员'],
  ['reviewer2', 'second_reviewer', '复审员'],
  ['investigator', 'investigator', '稽核员'],
  ['director', 'director', '局负责人'],
  ['payments', 'payments', '经办员'],
  ['integrator', 'integrator', '集成商'],
];

/** The demo's log-ins, printed for everyone: a demo holds invented people only. */
const PASSWORD = 'claimsight-demo';

/**
 * Makes regions, clinic, people with portraits, proxies and cameras: accounts and cameras on the spot (a recording is
 * no address that the API takes), everything else over the API as an integrator would.
 */
export async function setUpDemo(options: {
  readonly scenario: Scenario;
  readonly runtime: Runtime;
  readonly url: string;
  readonly footage: ReadonlyMap<string, string>;
  readonly cutoutOf: (who: string) => Promise<Cutout>;
  readonly say: (line: string) => void;
}): Promise<DemoSetup> {
  const { scenario, runtime, url, say } = options;
  const { clinic } = scenario;
  const city = clinic.region.slice(0, 4);
  await putRegion(runtime.db, regionOf(city, scenario.regions.find((region) => region.code === city)?.name ?? city));
  const users: DemoUser[] = [];
  const add = async (account: (typeof ACCOUNTS)[number], clinicCode: string | null = null): Promise<void> => {
    const [username, role, displayName] = account;
    const region = clinicCode === null ? city : null;
    users.push({ username, password: PASSWORD, role, region, clinic: clinicCode });
    await createUser(runtime.db, runtime.clock, {
      username,
      password: PASSWORD,
      role,
      displayName,
      regionCode: region,
      clinicCode,
    });
  };
  for (const account of ACCOUNTS) await add(account);
  const admin = await logIn(url, 'admin', PASSWORD);
  const supervisor = await logIn(url, 'supervisor', PASSWORD);

  const prefixes = [4, 6, 9, 12]
    .map((length) => clinic.region.slice(0, length))
    .filter((code, i, all) => all.indexOf(code) === i);
  for (const code of prefixes.filter((code) => code !== city)) {
    await admin.request('PUT', `/v1/regions/${code}`, {
      name: scenario.regions.find((region) => region.code === code)?.name ?? code,
    });
  }
  await admin.request('PUT', `/v1/clinics/${clinic.code}`, {
    name: clinic.name,
    regionCode: clinic.region,
    openHours: clinic.openHours,
    mode: 'mirror',
    faceRecognition: clinic.faceRecognition,
  });
  await add(['clinic', 'clinic', clinic.name], clinic.code);
  const key = async (
    name: string,
    role: string,
    scope: { regionCode?: string; clinicCode?: string },
  ): Promise<string> => (await admin.request<{ key: string }>('POST', '/v1/api-keys', { name, role, ...scope })).key;
  const apiKeys = {
    his: await key('演示 HIS', 'his', { clinicCode: clinic.code }),
    mirror: await key('演示镜像', 'mirror', { regionCode: city }),
    clearing: await key('演示清算', 'clearing', { regionCode: city }),
  };

  await enrol(options, admin, supervisor);
  await runtime.db.transaction(async (tx) => {
    for (const camera of scenario.cameras) {
      const index = options.footage.get(camera.id);
      if (index === undefined) continue;
      await putCamera(tx, runtime, {
        id: camera.id,
        clinicCode: clinic.code,
        name: camera.name ?? camera.id,
        scenePoint: camera.scenePoint,
        sourceUrl: `footage:${index}`,
      });
    }
  });
  say(`  ${scenario.cameras.length} camera(s) connected / 已接入摄像机`);
  return { users, apiKeys, admin, supervisor, his: withKey(url, apiKeys.his) };
}

async function enrol(options: Parameters<typeof setUpDemo>[0], admin: ApiClient, supervisor: ApiClient): Promise<void> {
  const { scenario, cutoutOf, say } = options;
  const area = scenario.clinic.code.slice(1, 7);
  const portrait = async (path: string, who: string): Promise<void> => {
    if (!options.runtime.config.FACE_RECOGNITION) return;
    const form = new FormData();
    form.append(
      'image',
      new Blob([new Uint8Array(await portraitOf(await cutoutOf(who)))], { type: 'image/jpeg' }),
      `${who}.jpg`,
    );
    await admin.upload(path, form);
  };
  for (const person of scenario.people) {
    const base = `/v1/people/${encodeURIComponent(person.psnNo)}`;
    await admin.request('PUT', base, {
      name: person.name,
      certno: certnoOf(person, area),
      sex: person.sex,
      birth: person.birth,
      ...(person.household === undefined ? {} : { household: person.household }),
      regionCode: scenario.clinic.region,
    });
    if (person.status) {
      await admin.request('POST', `${base}/status`, {
        what: person.status.what,
        from: `${person.status.from}T00:00:00+08:00`,
        ...(person.status.to === undefined ? {} : { to: `${person.status.to}T00:00:00+08:00` }),
        source: 'demo',
      });
    }
    if (person.face && person.portrait) await portrait(`${base}/portrait`, person.id);
  }
  for (const member of scenario.staff) {
    const { id } = await admin.request<{ id: string }>('PUT', '/v1/staff', {
      clinicCode: scenario.clinic.code,
      staffNo: member.staffNo,
      name: member.name,
      ...(member.psnNo === undefined ? {} : { psnNo: member.psnNo }),
    });
    await portrait(`/v1/staff/${id}/portrait`, member.id);
  }
  const psnNoOf = (id: string): string | undefined => scenario.people.find((person) => person.id === id)?.psnNo;
  for (const { person, proxy, relation } of scenario.proxies) {
    await supervisor.request('POST', '/v1/proxies', { psnNo: psnNoOf(person), proxyPsnNo: psnNoOf(proxy), relation });
  }
  say(
    `  ${scenario.people.length} enrollees, ${scenario.staff.length} staff, ${scenario.proxies.length} proxies / 参保人、村医、代办登记`,
  );
}
