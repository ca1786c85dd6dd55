import { TableOutlined, ZoomInOutlined } from '@ant-design/icons';
import { Button, Segmented } from 'antd';
import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Claim, Timeline } from '../../api/types.ts';
import { type Domain, domainOf } from './layout.ts';
import { Plot } from './plot.tsx';
import { TimeTable } from './time-table.tsx';
import { WHO_KEYS } from './who.ts';

interface TimeAxisProps {
  readonly timeline: Timeline;
  /** The claim whose window is shown at first; null: all of it. */
  readonly claim: Claim | null;
}

/** One axis for the three ledgers: who appeared, what was claimed, what the cameras could see. */
export function TimeAxis({ timeline, claim }: TimeAxisProps) {
  const { t } = useTranslation();
  const [view, setView] = useState<'window' | 'all'>('window');
  const [table, setTable] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);

  const all = { from: Date.parse(timeline.from), to: Date.parse(timeline.to) };
  const window = windowOf(timeline, claim);
  const narrower = window !== null && (window.to - window.from) * 1.5 < all.to - all.from;
  const domain = domainOf(all, narrower && view === 'window' ? window : null);
  const present = new Set(timeline.appearances.map((appearance) => appearance.who));

  return (
    <section className="panel axis" aria-labelledby="axis-title">
      <header className="panel-head">
        <h2 id="axis-title">{t('axis.title')}</h2>
        <ul className="legend" aria-label={t('axis.legend')}>
          {WHO_KEYS.filter((who) => present.has(who)).map((who) => (
            <li key={who}>
              <span className={`legend-swatch who-${who}`}>{t(`whoShort.${who}`)}</span> {t(`who.${who}`)}
            </li>
          ))}
          <li>
            <span className="legend-swatch legend-down" /> {t('axis.notSeeing')}
          </li>
          <li>
            <span className="legend-swatch legend-unread" /> {t('axis.notProcessed')}
          </li>
        </ul>
        <div className="panel-tools">
          {narrower && (
            <Segmented
              size="small"
              value={view}
              options={[
                { value: 'window', label: t('axis.window'), icon: <ZoomInOutlined /> },
                { value: 'all', label: t('axis.all') },
              ]}
              onChange={setView}
            />
          )}
          <Button size="small" icon={<TableOutlined />} aria-pressed={table} onClick={() => setTable(!table)}>
            {table ? t('axis.asDiagram') : t('axis.asTable')}
          </Button>
        </div>
      </header>
      <div ref={box}>
        {table ? (
          <TimeTable timeline={timeline} />
        ) : (
          width > 0 && <Plot timeline={timeline} domain={domain} width={width} claim={claim} />
        )}
      </div>
    </section>
  );
}

function windowOf(timeline: Timeline, claim: Claim | null): Domain | null {
  if (claim === null) return null;
  const own = timeline.windows.find((window) => claim.setlId !== null && window.setlId === claim.setlId);
  const window = own ?? claim.verdict?.window;
  return window === undefined ? null : { from: Date.parse(window.from), to: Date.parse(window.to) };
}
