import { useEffect, useRef } from 'react';
import type { DataPreview } from '../../../jobs/jobs';
import classes from './changes.module.css';

interface PixelCanvasProps {
  readonly picture: DataPreview['pictures'][number]['picture'];
  readonly label: string;
  readonly className?: string;
}

/** A picture pixel for pixel: enlarged without smoothing, so that one sees what the model sees. */
export function PixelCanvas({ picture, label, className }: PixelCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, rgba } = picture;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    context?.putImageData(new ImageData(rgba, width, height), 0, 0);
  }, [rgba, width, height]);
  return (
    <canvas
      ref={canvas}
      className={className ?? classes.canvas}
      width={width}
      height={height}
      role="img"
      aria-label={label}
    />
  );
}
