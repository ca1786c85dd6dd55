import { CheckCircleOutlined, CloseCircleOutlined, MinusCircleOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Table, type TableColumnsType, Typography } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useClinics } from '../alerts/clinic-options.ts';
import { fetchCameras, keys } from '../api/queries.ts';
import type { CameraItem } from '../api/types.ts';
import { useRight } from '../session/session.tsx';
import { formatDateTime, formatDuration } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';
import { useDeviceState, useSceneName } from '../ui/words.ts';

const REFRESH_MS = 15_000;
/** A clock that is off by less changes no verdict: windows are wider by far. */
const EXACT_MS = 500;

export default function DevicesPage() {
  return useRight('devices.read') ? <Devices /> : <NoRight />;
}

/** Which cameras can see: what cannot speaks about the device, never about a person. */
function Devices() {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const sceneName = useSceneName();
  const stateName = useDeviceState();
  const clinics = useClinics();
  const cameras = useInfiniteQuery({
    queryKey: keys.cameras,
    queryFn: ({ pageParam, signal }) => fetchCameras(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: REFRESH_MS,
  });
  const items = useMemo(() => (cameras.data?.pages ?? []).flatMap((page) => page.items), [cameras.data]);
  const nameOf = useMemo(() => new Map(clinics.map((clinic) => [clinic.code, clinic.name])), [clinics]);

  const clockWords = (offsetMs: number | null): string => {
    if (offsetMs === null) return t('devices.unknownClock');
    if (Math.abs(offsetMs) < EXACT_MS) return t('devices.exact');
    const by = formatDuration(Math.abs(offsetMs), language);
    return offsetMs > 0 ? t('devices.fast', { by }) : t('devices.slow', { by });
  };
  const columns: TableColumnsType<CameraItem> = [
    {
      title: t('devices.health'),
      width: 130,
      render: (_, camera) => (
        <Health camera={camera} name={camera.enabled ? stateName(camera.state) : t('devices.disabled')} />
      ),
    },
    {
      title: t('devices.camera'),
      render: (_, camera) => (
        <>
          {camera.name} <span className="mono hint">{camera.id}</span>
        </>
      ),
    },
    { title: t('devices.scene'), width: 120, render: (_, camera) => sceneName(camera.scenePoint) },
    { title: t('devices.clinic'), render: (_, camera) => nameOf.get(camera.clinicCode) ?? camera.clinicCode },
    {
      title: t('devices.since'),
      width: 170,
      className: 'num',
      render: (_, camera) => (camera.since === null ? '–' : formatDateTime(camera.since, language)),
    },
    {
      title: t('devices.watermark'),
      width: 170,
      className: 'num',
      render: (_, camera) => (camera.watermark === null ? '–' : formatDateTime(camera.watermark, language)),
    },
    { title: t('devices.clock'), width: 110, render: (_, camera) => clockWords(camera.clockOffsetMs) },
    {
      title: t('devices.frames'),
      width: 130,
      align: 'right',
      className: 'num',
      render: (_, camera) => t('devices.dropped', { dropped: camera.framesDropped, read: camera.framesRead }),
    },
  ];
  return (
    <div className="wide-page">
      <header className="page-head">
        <Typography.Title level={2}>{t('devices.title')}</Typography.Title>
        {items.length > 0 && (
          <span>
            {t('devices.total', { count: items.length })} ·{' '}
            {t('devices.seeing', { count: items.filter((camera) => camera.state === 'ok').length })}
          </span>
        )}
      </header>
      <Typography.Paragraph type="secondary">{t('devices.intro')}</Typography.Paragraph>
      {cameras.isPending && <ListSkeleton rows={4} />}
      {cameras.isError && cameras.data === undefined && (
        <FailureResult error={cameras.error} onRetry={() => void cameras.refetch()} />
      )}
      {cameras.isSuccess && items.length === 0 && (
        <Empty className="empty" image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('devices.none')} />
      )}
      {items.length > 0 && (
        <Table<CameraItem> rowKey="id" size="small" columns={columns} dataSource={items} pagination={false} />
      )}
      {cameras.hasNextPage && (
        <Button block loading={cameras.isFetchingNextPage} onClick={() => void cameras.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </div>
  );
}

function Health({ camera, name }: { readonly camera: CameraItem; readonly name: string }) {
  if (!camera.enabled || camera.state === 'unknown') {
    return (
      <span className="health">
        <MinusCircleOutlined /> {name}
      </span>
    );
  }
  return camera.state === 'ok' ? (
    <span className="health health-ok">
      <CheckCircleOutlined /> {name}
    </span>
  ) : (
    <span className="health health-bad">
      <CloseCircleOutlined /> {name}
    </span>
  );
}
