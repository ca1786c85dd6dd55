import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCameraGuard } from '../../../src/devices/camera-guard.ts';
import { onvifClock, onvifStreams } from '../../../src/devices/onvif/onvif.ts';
import { type ConnectWorld, createConnectWorld } from './connect-world.ts';

const guard = createCameraGuard({ networks: '127.0.0.0/8' });
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const soap = (body: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"><s:Body>${body}</s:Body></s:Envelope>`;
const dateAnswer = (at: number): string => {
  const date = new Date(at);
  return soap(
    `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime><tt:Time><tt:Hour>${date.getUTCHours()}</tt:Hour><tt:Minute>${date.getUTCMinutes()}</tt:Minute><tt:Second>${date.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${date.getUTCFullYear()}</tt:Year><tt:Month>${date.getUTCMonth() + 1}</tt:Month><tt:Day>${date.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`,
  );
};
const profile = (token: string, width: number) =>
  `<trt:Profiles token="${token}"><tt:Name>${token}</tt:Name><tt:VideoSourceConfiguration token="vs"><tt:SourceToken>src</tt:SourceToken></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token="ve"><tt:Name>ve</tt:Name><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${(width * 9) / 16}</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>15</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>1024</tt:BitrateLimit></tt:RateControl><tt:H264><tt:GovLength>30</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264></tt:VideoEncoderConfiguration></trt:Profiles>`;

interface Script {
  readonly clockOffsetMs?: number;
  /** Answers by the name of the request; a string replaces the body. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly login?: boolean;
}
async function startCamera(script: Script = {}): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const name = /<(Get\w+)/.exec(body)?.[1] ?? '';
      asked.push(name);
      const { port } = server.address() as AddressInfo;
      // It names itself by an address of another network, as cameras behind a NAT do.
      const standard: Record<string, string> = {
        GetSystemDateAndTime: dateAnswer(Date.now() + (script.clockOffsetMs ?? 0)),
        GetServices: soap(
          `<tds:GetServicesResponse>${['device', 'media'].map((what) => `<tds:Service><tds:Namespace>http://www.onvif.org/ver10/${what}/wsdl</tds:Namespace><tds:XAddr>http://192.0.2.55:${port}/onvif/${what}</tds:XAddr></tds:Service>`).join('')}</tds:GetServicesResponse>`,
        ),
        GetDeviceInformation: soap(
          '<tds:GetDeviceInformationResponse><tds:Manufacturer>HIKVISION</tds:Manufacturer><tds:Model>DS-2CD</tds:Model><tds:FirmwareVersion>V5.7</tds:FirmwareVersion></tds:GetDeviceInformationResponse>',
        ),
        GetProfiles: soap(
          `<trt:GetProfilesResponse>${profile('main', 1920)}${profile('sub', 640)}</trt:GetProfilesResponse>`,
        ),
        GetStreamUri: soap(
          '<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>rtsp://admin:Leak3d@192.0.2.55:554/Streaming/Channels/102?transportmode=unicast</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>',
        ),
      };
      const refused = script.login && name !== 'GetSystemDateAndTime' && name !== 'GetServices';
      const text = refused
        ? soap(
            '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text>Sender not Authorized</s:Text></s:Reason></s:Fault>',
          )
        : (script.answers?.[name] ?? script.answers?.['*'] ?? standard[name] ?? soap(''));
      response.writeHead(refused ? 400 : 200, { 'content-type': 'application/soap+xml' });
      response.end(text);
    });
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked };
}
const address = { scheme: 'rtsp', host: '127.0.0.1', port: 554, login: null, path: '/' } as const;

describe('ONVIF', () => {
  it('tells streams, model and clock, keeps to the host that was asked, and tells no log-in', async () => {
    const camera = await startCamera({ clockOffsetMs: -8 * 3_600_000 });
    const found = await onvifStreams(guard, { host: '127.0.0.1', port: camera.port, user: 'admin', password: 'x' });
    expect(found).toMatchObject({
      manufacturer: 'HIKVISION',
      model: 'DS-2CD',
      clock: { class: 'zone', hours: -8 },
      profiles: [
        { name: 'main', codec: 'H264', width: 1920, fps: 15, kbps: 1024, gop: 30 },
        { name: 'sub', width: 640, port: 554, path: '/Streaming/Channels/102?transportmode=unicast' },
      ],
    });
    expect(JSON.stringify(found)).not.toMatch(/Leak3d|192\.0\.2/);
  });

  it('the clock needs no log-in; a camera that tells no time is not given ours', async () => {
    const camera = await startCamera({ clockOffsetMs: 120_000, login: true });
    const reading = await onvifClock(address, '127.0.0.1', [camera.port]);
    expect(Math.abs((reading?.deviceAt ?? 0) - (reading?.ourAt ?? 0) - 120_000)).toBeLessThan(1_500);
    const empty =
      '<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>';
    const mute = await startCamera({ answers: { GetSystemDateAndTime: soap(empty) } });
    expect(await onvifClock(address, '127.0.0.1', [mute.port])).toBeNull();
  });

  it('a wrong password is asked once with, and named', async () => {
    const camera = await startCamera({ login: true });
    const asking = onvifStreams(guard, { host: '127.0.0.1', port: camera.port, user: 'admin', password: 'Wr0ng' });
    await expect(asking).rejects.toMatchObject({
      code: 'source_unavailable',
      message: expect.stringContaining('密码'),
    });
    expect(camera.asked.filter((name) => name !== 'GetSystemDateAndTime' && name !== 'GetServices')).toHaveLength(1);
  });

  it.each([
    ['a web page', { '*': '<html><body>login</body></html>' }],
    ['nothing', { '*': '' }],
    ['services that are none', { GetServices: soap('<tds:GetServicesResponse/>'), GetCapabilities: soap('<x/>') }],
    ['half a document', { GetProfiles: '<s:Envelope><s:Body><trt:GetProf' }],
    [
      'a profile list of another shape',
      { GetProfiles: soap('<trt:GetProfilesResponse><a/></trt:GetProfilesResponse>') },
    ],
  ])('%s from what stands there is a failure, never the end of this process', async (_what, answers) => {
    const camera = await startCamera({ answers });
    const asking = onvifStreams(guard, { host: '127.0.0.1', port: camera.port, user: 'a', password: 'b' });
    await expect(asking).rejects.toMatchObject({ code: 'source_unavailable' });
  });
});

describe('over the API', () => {
  let world: ConnectWorld;
  beforeAll(async () => {
    world = await createConnectWorld();
  });
  afterAll(() => world.close());

  it('only with the right, only where cameras may stand; nothing answers discovery here', async () => {
    const wires = await world.logIn('wires');
    const camera = await startCamera();
    const found = await wires.call('POST', '/v1/onvif/streams', {
      host: '127.0.0.1',
      port: camera.port,
      user: 'u',
      password: 'S3cret',
    });
    expect([found.status, found.body]).toMatchObject([200, { model: 'DS-2CD' }]);
    for (const host of ['169.254.169.254', '8.8.8.8', '192.168.0.1'])
      expect((await wires.call('POST', '/v1/onvif/streams', { host })).status, host).toBe(400);
    expect((await (await world.logIn('doctor')).call('POST', '/v1/onvif/streams', { host: '127.0.0.1' })).status).toBe(
      403,
    );
    expect((await (await world.logIn('reader')).call('POST', '/v1/onvif/discover', {})).status).toBe(403);
    expect((await wires.call('POST', '/v1/onvif/discover', { seconds: 1 })).body).toEqual({ items: [] });
    const { rows } = await world.runtime.db.query('select * from audit_entries');
    expect(JSON.stringify(rows)).not.toContain('S3cret');
  });
});
