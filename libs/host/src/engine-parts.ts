import { milliseconds, seconds } from '@medallion/core';
import type { FileSource, LayerSettings } from '@medallion/runtime';
import { type Config, type Environment, type engineSettings, fileSettings, loadConfig } from '@medallion/service';

/** The configuration that every layer has. */
export type EngineConfig = Config<typeof engineSettings>;

/** The files below LANDING_URL; none when it is not set. */
export async function filesOf(config: Config<typeof fileSettings>): Promise<FileSource | undefined> {
  const { LANDING_URL: root, S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = config;
  if (root === undefined) return undefined;
  const s3 = {
    region: S3_REGION,
    ...(S3_ENDPOINT === undefined ? {} : { endpoint: S3_ENDPOINT }),
    ...(S3_ACCESS_KEY_ID === undefined ? {} : { accessKeyId: S3_ACCESS_KEY_ID }),
    ...(S3_SECRET_ACCESS_KEY === undefined ? {} : { secretAccessKey: S3_SECRET_ACCESS_KEY }),
  };
  // Readers and clients of file formats take 15 MB, which services that read no files should not hold.
  const { createFileSource } = await import('@medallion/files');
  return createFileSource({ root, settleMs: config.FILES_SETTLE_MS, s3 });
}

/**
 * The files below a folder or bucket that a person names, with the settings that the services have.
 *
 * @throws MED_CONFIG_INVALID
 */
export async function filesAt(root: string, env: Environment): Promise<FileSource> {
  const files = await filesOf(loadConfig(fileSettings, { ...env, LANDING_URL: root }));
  if (files === undefined) throw new Error('invariant violated: LANDING_URL is set');
  return files;
}

/** How a layer runs by its configuration. */
export const settingsOf = (config: EngineConfig): LayerSettings => ({
  fetchWaitMs: config.FETCH_WAIT_MS,
  maxBatchBytes: config.MAX_BATCH_BYTES,
  sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
  tickMs: 250,
  checkpointEveryMs: seconds(1),
  idleTimeoutMs: milliseconds(config.IDLE_TIMEOUT_MS),
});
