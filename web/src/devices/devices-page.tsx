import {
  CheckCircleOutlined,
  CloseCircleOutlined,
  ExclamationCircleOutlined,
  MinusCircleOutlined,
} from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty, Table, type TableColumnsType, Tooltip, Typography } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useClinics } from '../alerts/clinic-options.ts';
import { fetchCameras, keys } from '../api/queries.ts';
import type { CameraItem } from '../api/types.ts';
import { useRight } from '../session/session.tsx';
import { formatDateTime } from '../ui/format.ts';
import { FailureResult, ListSkeleton, NoRight } from '../ui/states.tsx';
import { useDeviceState, useSceneName } from '../ui/words.ts';

const REFRESH_MS = 15_000;

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
    { title: t('devices.clock'), width: 180, render: (_, camera) => <Clock clock={camera.clock} /> },
    {
      title: t('devices.reading'),
      width: 150,
      render: (_, camera) => (camera.reading === null ? '–' : <Reading reading={camera.reading} />),
    },
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

/** What a clock does, in words; by how much where the pointer rests. */
function Clock({ clock }: { readonly clock: CameraItem['clock'] }) {
  const { t, i18n } = useTranslation();
  const { class: kind, offsetMs, uncertaintyMs } = clock;
  const seconds = (ms: number | null): string => ((ms ?? 0) / 1000).toFixed(1);
  const exactly = offsetMs === null ? '' : t('devices.offset', { by: seconds(offsetMs), give: seconds(uncertaintyMs) });
  return (
    <Tooltip title={exactly}>
      <span className={kind === 'ok' || kind === 'unknown' ? '' : 'health-bad'}>
        {i18n.language === 'en' ? clock.en : clock.zh}
      </span>
    </Tooltip>
  );
}

/** How a live stream is read: what to do where it is read at several times the cost. */
function Reading({ reading }: { readonly reading: NonNullable<CameraItem['reading']> }) {
  const { t, i18n } = useTranslation();
  const { kind, gopMs, remedy } = reading;
  const words = t(`devices.${kind}`);
  const every = gopMs === null ? words : `${words} · ${(gopMs / 1000).toFixed(1)} s`;
  if (remedy === null) return <span>{every}</span>;
  return (
    <Tooltip title={i18n.language === 'en' ? remedy.en : remedy.zh}>
      <span className="health health-bad">
        <ExclamationCircleOutlined /> {every}
      </span>
    </Tooltip>
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
