import { useQuery } from '@tanstack/react-query';
import { Skeleton, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchImage } from '../api/images.ts';
import { useErrorText } from '../ui/error-text.ts';

/** A portrait, asked for once per purpose: each asking is written down. */
export function PortraitPicture({ id, purpose }: { readonly id: string; readonly purpose: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [url, setUrl] = useState<string | null>(null);
  const picture = useQuery({
    queryKey: ['portrait-picture', id, purpose],
    queryFn: ({ signal }) => fetchImage(`/v1/portraits/${id}/image?purpose=${encodeURIComponent(purpose)}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  useEffect(() => {
    if (picture.data === undefined) return;
    const made = URL.createObjectURL(picture.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [picture.data]);
  if (picture.isError) return <Typography.Text type="secondary">{errorText(picture.error)}</Typography.Text>;
  return url === null ? <Skeleton.Image active /> : <img src={url} alt={t('portraits.picture')} />;
}
