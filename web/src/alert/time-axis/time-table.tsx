import { useTranslation } from 'react-i18next';
import type { Timeline } from '../../api/types.ts';
import { inLanguage } from '../../i18n/index.ts';
import { formatTime } from '../../ui/format.ts';

interface Row {
  readonly key: string;
  readonly at: string;
  readonly until: string | null;
  readonly ledger: string;
  readonly where: string;
  readonly what: string;
}

/** The axis in words, in the order of time. */
export function TimeTable({ timeline }: { readonly timeline: Timeline }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const scene = (name: string): string => t(`scene.${name}` as 'scene.counter', { defaultValue: name });
  const rows: Row[] = [
    ...timeline.claims.map((claim, index) => ({
      key: `c${index}`,
      at: claim.at,
      until: null,
      ledger: t('axis.claims'),
      where: claim.setlId ?? '',
      what: inLanguage(claim.label, language) + (claim.reversed ? ` (${t('axis.reversed')})` : ''),
    })),
    ...timeline.appearances.map((appearance) => ({
      key: `a${appearance.id}`,
      at: appearance.from,
      until: appearance.to,
      ledger: t('axis.appearances'),
      where: scene(appearance.scenePoint),
      what: inLanguage(appearance.whoWords, language),
    })),
    ...timeline.devices.map((device) => ({
      key: `d${device.cameraId}${device.from}${device.state}`,
      at: device.from,
      until: device.to,
      ledger: t('axis.cameras'),
      where: `${scene(device.scenePoint)} ${device.cameraId}`,
      what: inLanguage(device.label, language),
    })),
    ...timeline.watermarks.map((mark) => ({
      key: `w${mark.cameraId}`,
      at: mark.until,
      until: null,
      ledger: t('axis.cameras'),
      where: mark.cameraId,
      what: t('axis.watermark', { time: formatTime(mark.until, language) }),
    })),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (
    <div className="axis-table">
      <table>
        <thead>
          <tr>
            <th scope="col">{t('axis.from')}</th>
            <th scope="col">{t('axis.until')}</th>
            <th scope="col">{t('axis.ledger')}</th>
            <th scope="col">{t('axis.where')}</th>
            <th scope="col">{t('axis.what')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td className="num">{formatTime(row.at, language)}</td>
              <td className="num">{row.until === null ? '' : formatTime(row.until, language)}</td>
              <td>{row.ledger}</td>
              <td>{row.where}</td>
              <td>{row.what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
