import { EyeInvisibleOutlined, LockOutlined, UserOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Spin } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { fetchImage } from '../api/images.ts';
import type { Portrait } from '../api/types.ts';

interface FaceImageProps {
  readonly image: Portrait['image'];
  readonly allowed: boolean;
  readonly alt: string;
}

/** One picture, read with its purpose so that the look at it is on record; says plainly why there is none. */
export function FaceImage({ image, allowed, alt }: FaceImageProps) {
  const { t } = useTranslation();
  const picture = useQuery({
    queryKey: ['image', image.url],
    queryFn: ({ signal }) => fetchImage(image.url, signal),
    enabled: allowed,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const address = useObjectUrl(picture.data);
  if (!allowed) return <NoFace icon={<LockOutlined />} text={t('evidence.noRight')} />;
  if (picture.isError) {
    const gone = picture.error instanceof ApiError && (picture.error.status === 404 || picture.error.status === 410);
    if (gone) return <NoFace icon={<EyeInvisibleOutlined />} text={t('evidence.gone')} />;
    return (
      <NoFace icon={<EyeInvisibleOutlined />} text={t('evidence.failed')}>
        <Button size="small" onClick={() => void picture.refetch()}>
          {t('common.retry')}
        </Button>
      </NoFace>
    );
  }
  if (address === null) {
    return (
      <div className="face-box" aria-busy="true">
        <Spin size="small" />
      </div>
    );
  }
  return (
    <div className="face-box">
      <img src={address} alt={alt} draggable={false} />
    </div>
  );
}

interface NoFaceProps {
  readonly text: string;
  readonly icon?: ReactNode;
  readonly children?: ReactNode;
}

export function NoFace({ text, icon = <UserOutlined />, children }: NoFaceProps) {
  return (
    <div className="face-box face-none">
      {icon}
      <span>{text}</span>
      {children}
    </div>
  );
}

function useObjectUrl(blob: Blob | undefined): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (blob === undefined) return;
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address;
}
