import { bad, type Check, type CheckId, good, type Words, words } from './check.ts';

/** Pure: what goes wrong before the first picture. */

/** What keeps a source from being measured at all. */
export type ConnectFault =
  | 'address'
  | 'network'
  | 'unknown_host'
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'login_missing'
  | 'login_wrong'
  | 'path'
  | 'redirected'
  | 'no_stream'
  | 'not_video'
  | 'no_file';

const FAULTS: Readonly<Record<ConnectFault, { readonly id: CheckId; readonly said: Words; readonly remedy: Words }>> = {
  address: {
    id: 'address',
    said: words('地址写法有误', 'the address is not well formed'),
    remedy: words(
      '写成 rtsp://用户:密码@地址:554/路径；密码中的 @ : / ? # % 须写成百分号编码（@ 写 %40）',
      'write rtsp://user:password@host:554/path; percent-encode @ : / ? # % in the password (@ is %40)',
    ),
  },
  network: {
    id: 'address',
    said: words('地址不在允许的摄像头网段内', 'the address lies outside the networks where cameras may stand'),
    remedy: words('由管理员在 CAMERA_NETWORKS 中增加网段', 'an administrator adds the network to CAMERA_NETWORKS'),
  },
  unknown_host: {
    id: 'reachable',
    said: words('找不到该主机名', 'nobody knows this host name'),
    remedy: words('检查拼写，或改用 IP 地址', 'check its spelling, or write the IP address'),
  },
  refused: {
    id: 'reachable',
    said: words('主机在线，但端口拒绝连接', 'the host is there, but nothing listens at this port'),
    remedy: words(
      '检查端口（RTSP 默认 554，ONVIF 常用 80/2020），并在摄像头“网络服务”中打开 RTSP；查看防火墙',
      'check the port (RTSP: usually 554), switch RTSP on in the camera’s network services, look at the firewall',
    ),
  },
  timeout: {
    id: 'reachable',
    said: words('没有应答（超时）', 'no answer in time'),
    remedy: words(
      '检查摄像头供电、网线和 IP 地址，是否在同一网段或 VPN 内；防火墙是否丢弃了该端口',
      'check power, cable and IP address, that both are in one network or VPN, and that no firewall drops this port',
    ),
  },
  unreachable: {
    id: 'reachable',
    said: words('网络不可达', 'the network does not lead there'),
    remedy: words('检查路由、VPN 和地址', 'check routing, VPN and the address'),
  },
  login_missing: {
    id: 'login',
    said: words('摄像头要求用户名和密码，地址中没有', 'the camera asks for user and password, the address has none'),
    remedy: words('在地址中写上用户名和密码，或用模板生成地址', 'put them in the address, or make it with a template'),
  },
  login_wrong: {
    id: 'login',
    said: words('用户名或密码错误', 'user name or password was refused'),
    remedy: words(
      '核对用户名和密码（只试了一次，多次输错摄像头会锁定）；密码中的特殊字符须百分号编码；萤石用机身验证码；TP-Link/Tapo 须先在 App 中建立“摄像机账户”',
      'check both (tried only once: cameras lock themselves after a few); percent-encode special characters; EZVIZ: the code on its label; TP-Link/Tapo: make a camera account in its app first',
    ),
  },
  path: {
    id: 'path',
    said: words('摄像头没有这个码流路径', 'the camera has no stream of this path'),
    remedy: words(
      '按品牌模板生成地址：海康 /Streaming/Channels/102，大华 /cam/realmonitor?channel=1&subtype=1，宇视 /media/video2，TP-Link /stream2；检查通道号',
      'make the address with the brand’s template: Hikvision /Streaming/Channels/102, Dahua /cam/realmonitor?channel=1&subtype=1, Uniview /media/video2, TP-Link /stream2; check the channel number',
    ),
  },
  redirected: {
    id: 'path',
    said: words('该地址转向别处，不予跟随', 'the address sends us elsewhere, which is not followed'),
    remedy: words('直接填写码流的最终地址', 'write the final address of the stream itself'),
  },
  no_stream: {
    id: 'stream',
    said: words('已连接，但没有画面', 'connected, but no picture came'),
    remedy: words(
      '确认该通道有摄像头在线、子码流已启用；RTMP/HTTP-FLV 须先有推流；可改用 --transport udp 再试；用 VLC 打开同一地址核对',
      'check that the channel has a camera and its sub-stream is on; RTMP and HTTP-FLV need a publisher first; try --transport udp; open the same address in VLC',
    ),
  },
  not_video: {
    id: 'stream',
    said: words('收到的数据不是可读的视频', 'what came is no video that can be read'),
    remedy: words(
      '把编码改为 H.264（或标准 H.265），关闭加密（萤石“视频加密”）；网页地址不是码流地址',
      'set the encoding to H.264 (or plain H.265), switch stream encryption off (EZVIZ), and do not use the address of a web page',
    ),
  },
  no_file: {
    id: 'stream',
    said: words('没有这个文件，或无法读取', 'there is no such file, or it cannot be read'),
    remedy: words('检查文件路径和读取权限', 'check the path and the right to read it'),
  },
};

/** Checks in the order of a connection. */
const ORDER: readonly CheckId[] = ['address', 'reachable', 'login', 'path', 'stream'];
const PASSED: Readonly<Partial<Record<CheckId, Words>>> = {
  address: words('地址正确', 'the address is well formed'),
  reachable: words('端口可连接', 'somebody listens there'),
  login: words('登录通过', 'the log-in was accepted'),
  path: words('码流存在', 'the stream is there'),
  stream: words('有画面', 'a picture came'),
};

/** The checks of connecting: those before the fault passed, the fault, and nothing after it. @param fault null: it is connected */
export function connectChecks(fault: ConnectFault | null, network: boolean): Check[] {
  const failed = fault === null ? null : FAULTS[fault];
  const steps = network ? ORDER : ORDER.filter((id) => id === 'stream');
  const end = failed === null ? steps.length : steps.indexOf(failed.id);
  const passed = steps.slice(0, Math.max(0, end)).map((id): Check => {
    const { zh, en } = PASSED[id] ?? words('', '');
    return good(id, zh, en);
  });
  return failed === null ? passed : [...passed, bad(failed.id, failed.said, failed.remedy)];
}
