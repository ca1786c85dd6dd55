import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Claim, Timeline } from '../../api/types.ts';
import { inLanguage } from '../../i18n/index.ts';
import { formatMinute, formatTime } from '../../ui/format.ts';
import { barOf, type Domain, packRows, ticksOf, xOf } from './layout.ts';

const LABEL_WIDTH = 132;
const RIGHT = 22;
const TICKS_HEIGHT = 18;
const BAR_HEIGHT = 18;
const BAR_GAP = 3;
const STRIP_HEIGHT = 6;
const CLAIM_ROW_HEIGHT = 19;
const LANE_PADDING = 5;
/** Chinese installations only; the format functions use the same zone. */
const ZONE_OFFSET_MS = 8 * 3_600_000;

interface PlotProps {
  readonly timeline: Timeline;
  readonly domain: Domain;
  readonly width: number;
  readonly claim: Claim | null;
}

/** The diagram. Its table says the same in words. */
export function Plot({ timeline, domain, width, claim }: PlotProps) {
  const { t, i18n } = useTranslation();
  const ids = useId().replaceAll(':', '');
  const { language } = i18n;
  const plot = Math.max(120, width - LABEL_WIDTH - RIGHT);
  const ticks = ticksOf(domain, plot, 74, ZONE_OFFSET_MS);
  const stepMs = (ticks[1]?.at ?? 0) - (ticks[0]?.at ?? 0);
  const tickText = stepMs > 0 && stepMs < 60_000 ? formatTime : formatMinute;

  const claims = claimMarks(timeline, domain, plot, ` (${t('axis.reversed')})`, (text) => inLanguage(text, language));
  const claimRows = Math.max(1, ...claims.map((mark) => mark.row + 1));
  const cameras = camerasOf(timeline);
  const lanes: { camera: string; scene: string; top: number; height: number; bars: LaneBar[] }[] = [];
  let top = TICKS_HEIGHT + LANE_PADDING + claimRows * CLAIM_ROW_HEIGHT + LANE_PADDING;
  for (const camera of cameras) {
    const bars = appearanceBars(timeline, camera.id, domain, plot);
    const rows = Math.max(1, ...bars.map((bar) => bar.row + 1));
    const height = LANE_PADDING * 2 + rows * (BAR_HEIGHT + BAR_GAP) + STRIP_HEIGHT;
    lanes.push({ camera: camera.id, scene: camera.scenePoint, top, height, bars });
    top += height;
  }
  const height = top + 4;
  const sceneName = (scene: string): string => t(`scene.${scene}` as 'scene.counter', { defaultValue: scene });
  const deviceName = (state: string): string => t(`device.${state}` as 'device.ok', { defaultValue: state });

  return (
    <svg
      className="axis-plot"
      width={width}
      height={height}
      role="img"
      aria-label={t('axis.aria', summaryOf(timeline))}
    >
      <defs>
        <pattern id={`${ids}down`} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="7" height="7" className="axis-down-bg" />
          <rect width="3" height="7" className="axis-down-line" />
        </pattern>
        <pattern id={`${ids}unread`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
          <rect width="1.5" height="6" className="axis-unread-line" />
        </pattern>
        <clipPath id={`${ids}clip`}>
          <rect x={0} y={0} width={plot} height={height} />
        </clipPath>
      </defs>
      <g transform={`translate(${LABEL_WIDTH} 0)`}>
        {timeline.windows.map((window) => {
          const bar = barOf(Date.parse(window.from), Date.parse(window.to), domain, plot);
          const chosen = claim !== null && window.setlId === claim.setlId;
          return (
            bar && (
              <rect
                key={`${window.setlId}${window.from}`}
                className={chosen ? 'axis-window axis-window-chosen' : 'axis-window'}
                x={bar.x}
                y={TICKS_HEIGHT}
                width={bar.width}
                height={height - TICKS_HEIGHT}
              >
                <title>
                  {t('axis.windowTitle', {
                    from: formatTime(window.from, language),
                    to: formatTime(window.to, language),
                  })}
                </title>
              </rect>
            )
          );
        })}
        {ticks.map((tick) => (
          <g key={tick.at} transform={`translate(${tick.x} 0)`}>
            <line className="axis-grid" y1={TICKS_HEIGHT - 4} y2={height} />
            <text className="axis-tick" y={11} textAnchor="middle">
              {tickText(tick.at, language)}
            </text>
          </g>
        ))}
        {lanes.map((lane) => {
          const stripY = lane.top + lane.height - STRIP_HEIGHT - 2;
          const watermark = timeline.watermarks.find((mark) => mark.cameraId === lane.camera);
          const until = watermark === undefined ? null : Date.parse(watermark.until);
          const untilX = until === null ? null : xOf(until, domain, plot);
          return (
            <g key={lane.camera}>
              <line className="axis-lane" x1={-LABEL_WIDTH} x2={plot} y1={lane.top} y2={lane.top} />
              {timeline.devices
                .filter((device) => device.cameraId === lane.camera)
                .map((device) => {
                  const ok = device.state === 'ok';
                  // That a camera sees is known only as far as its footage was processed; that it is out, until it is back.
                  const openEnd = ok ? until : null;
                  const bar = barOf(
                    Date.parse(device.from),
                    device.to === null ? openEnd : Date.parse(device.to),
                    domain,
                    plot,
                  );
                  if (bar === null) return null;
                  const words = t('axis.deviceTitle', {
                    state: inLanguage(device.label, language) || deviceName(device.state),
                    from: formatTime(device.from, language),
                    to: device.to === null ? t('axis.now') : formatTime(device.to, language),
                  });
                  return (
                    <g key={`${device.from}${device.state}`}>
                      {!ok && (
                        <rect
                          x={bar.x}
                          width={bar.width}
                          y={lane.top + 1}
                          height={lane.height - 2}
                          fill={`url(#${ids}down)`}
                          className="axis-down"
                        >
                          <title>{words}</title>
                        </rect>
                      )}
                      <rect
                        x={bar.x}
                        width={bar.width}
                        y={stripY}
                        height={STRIP_HEIGHT}
                        className={ok ? 'axis-ok' : 'axis-bad'}
                      >
                        <title>{words}</title>
                      </rect>
                      {!ok && bar.width > 40 && (
                        <text
                          className="axis-down-text"
                          x={bar.x + bar.width / 2}
                          y={lane.top + 17}
                          textAnchor="middle"
                        >
                          {deviceName(device.state)}
                        </text>
                      )}
                    </g>
                  );
                })}
              {untilX !== null && untilX < plot && (
                <g>
                  <rect
                    x={Math.max(0, untilX)}
                    width={plot - Math.max(0, untilX)}
                    y={lane.top + 1}
                    height={lane.height - 2}
                    fill={`url(#${ids}unread)`}
                  >
                    <title>{t('axis.notProcessed')}</title>
                  </rect>
                  {untilX > 0 && (
                    <>
                      <line
                        className="axis-watermark"
                        x1={untilX}
                        x2={untilX}
                        y1={lane.top + 1}
                        y2={lane.top + lane.height - 1}
                      />
                      <text
                        className="axis-watermark-text"
                        x={untilX + (untilX > plot - 150 ? -5 : 5)}
                        y={lane.top + 13}
                        textAnchor={untilX > plot - 150 ? 'end' : 'start'}
                      >
                        {t('axis.watermark', { time: formatTime(watermark?.until ?? 0, language) })}
                      </text>
                    </>
                  )}
                </g>
              )}
              {lane.bars.map(({ appearance, bar, row }) => {
                const y = lane.top + LANE_PADDING + row * (BAR_HEIGHT + BAR_GAP);
                const who = t(`who.${appearance.who}`);
                return (
                  <g key={appearance.id} className={`who-${appearance.who}`} data-appearance={appearance.id}>
                    <rect
                      className="axis-bar"
                      x={bar.x}
                      y={y}
                      width={bar.width}
                      height={BAR_HEIGHT}
                      rx={3}
                      strokeDasharray={appearance.open ? '4 2' : undefined}
                    />
                    <title>
                      {t('axis.appearanceTitle', {
                        who: inLanguage(appearance.whoWords, language) || who,
                        from: formatTime(appearance.from, language),
                        to: appearance.open ? t('axis.now') : formatTime(appearance.to, language),
                      })}
                    </title>
                    {bar.width >= 15 && (
                      <text className="axis-bar-text" x={bar.x + bar.width / 2} y={y + 13} textAnchor="middle">
                        {bar.width >= who.length * (language === 'en' ? 7 : 13) + 8
                          ? who
                          : t(`whoShort.${appearance.who}`)}
                      </text>
                    )}
                  </g>
                );
              })}
            </g>
          );
        })}
        {claims.map((mark) => {
          const y = TICKS_HEIGHT + LANE_PADDING + mark.row * CLAIM_ROW_HEIGHT;
          return (
            <g
              key={mark.key}
              className={`axis-claim axis-claim-${mark.kind}${mark.reversed ? ' axis-claim-reversed' : ''}${mark.chosen(claim) ? ' axis-claim-chosen' : ''}`}
            >
              <line x1={mark.x} x2={mark.x} y1={y + 9} y2={height} />
              <path d={`M${mark.x} ${y + 3}l6 6l-6 6l-6 -6z`} />
              <text x={mark.x + (mark.left ? -10 : 10)} y={y + 13} textAnchor={mark.left ? 'end' : 'start'}>
                {formatTime(mark.at, language)} {mark.text}
              </text>
              <title>{`${formatTime(mark.at, language)} ${mark.text}`}</title>
            </g>
          );
        })}
      </g>
      <text className="axis-label" x={4} y={TICKS_HEIGHT + LANE_PADDING + 13}>
        {t('axis.claims')}
      </text>
      {lanes.map((lane) => (
        <g key={lane.camera}>
          <text className="axis-label" x={4} y={lane.top + 17}>
            {sceneName(lane.scene)}
          </text>
          <text className="axis-sublabel" x={4} y={lane.top + 31}>
            {lane.camera.length > 18 ? `…${lane.camera.slice(-17)}` : lane.camera}
          </text>
        </g>
      ))}
    </svg>
  );
}

interface LaneBar {
  readonly appearance: Timeline['appearances'][number];
  readonly bar: { readonly x: number; readonly width: number };
  readonly row: number;
}

function appearanceBars(timeline: Timeline, cameraId: string, domain: Domain, plot: number): LaneBar[] {
  const shown = timeline.appearances.flatMap((appearance) => {
    if (appearance.cameraId !== cameraId) return [];
    const bar = barOf(Date.parse(appearance.from), Date.parse(appearance.to), domain, plot);
    return bar === null ? [] : [{ appearance, bar }];
  });
  const rows = packRows(shown.map(({ bar }) => bar));
  return shown.map((entry, index) => ({ ...entry, row: rows[index] ?? 0 }));
}

function claimMarks(
  timeline: Timeline,
  domain: Domain,
  plot: number,
  reversedWord: string,
  say: (text: { zh: string; en: string }) => string,
) {
  const marks = timeline.claims
    .map((claim, index) => ({
      claim,
      index,
      at: Date.parse(claim.at),
      text: say(claim.label) + (claim.reversed ? reversedWord : ''),
    }))
    .filter(({ at }) => at >= domain.from && at <= domain.to)
    .map(({ claim, index, at, text }) => {
      const x = xOf(at, domain, plot);
      const wide = 10 + (9 + [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 255 ? 2 : 1), 0)) * 6.4;
      const left = x + wide > plot && x > wide;
      return {
        key: `${index}`,
        at,
        text,
        x,
        left,
        kind: claim.kind,
        reversed: claim.reversed,
        setlId: claim.setlId,
        wide,
      };
    });
  const rows = packRows(
    marks.map((mark) => ({
      x: mark.left ? mark.x - mark.wide : mark.x - 7,
      width: mark.wide + 7,
      cutLeft: false,
      cutRight: false,
    })),
    6,
  );
  return marks.map((mark, index) => ({
    ...mark,
    row: rows[index] ?? 0,
    chosen: (claim: Claim | null) => claim !== null && mark.setlId !== null && claim.setlId === mark.setlId,
  }));
}

/** Every camera that anything is known of, as the axis' lanes. */
function camerasOf(timeline: Timeline): { id: string; scenePoint: string }[] {
  const cameras = new Map<string, string>();
  for (const { cameraId, scenePoint } of [...timeline.devices, ...timeline.appearances])
    cameras.set(cameraId, scenePoint);
  for (const { cameraId } of timeline.watermarks) if (!cameras.has(cameraId)) cameras.set(cameraId, '');
  return [...cameras].map(([id, scenePoint]) => ({ id, scenePoint }));
}

const summaryOf = (timeline: Timeline) => ({
  appearances: timeline.appearances.length,
  claims: timeline.claims.length,
  outages: timeline.devices.filter((device) => device.state !== 'ok').length,
});
