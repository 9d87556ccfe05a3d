/** What a run is going to write: the trained model, and as many checkpoints as stand at the same time. */

/** Room that a run needs on the disk. */
export interface DiskNeed {
  readonly bytes: number;
  /** Checkpoints among it. */
  readonly checkpoints: number;
}

/** Bytes of one float32 weight. */
const WEIGHT = 4;
/** Adam keeps two moments of each weight. */
const MOMENTS = 2 * WEIGHT;

export interface RunWrites {
  /** Weights in training. */
  readonly parameters: number;
  /** Checkpoints that the run has still to save. */
  readonly saves: number;
  /** Whether the run is taken up: then one checkpoint stands already, and so may the model. */
  readonly resumed: boolean;
  /** Whether checkpoints hold the reference too. */
  readonly movedReference?: boolean;
  readonly options: { readonly saveOnlyModel: boolean; readonly saveTotalLimit: number | null };
}

/**
 * What is written on top of what stands. A new model or checkpoint is whole before an old one is removed, so that one
 * more than `saveTotalLimit` stands for a moment.
 */
export const diskNeed = ({
  parameters,
  saves,
  resumed,
  movedReference = false,
  options: { saveOnlyModel, saveTotalLimit },
}: RunWrites): DiskNeed => {
  const most = saveTotalLimit === null ? saves : saveTotalLimit + (resumed ? 0 : 1);
  const checkpoints = Math.min(saves, most);
  const bytesOfOne = WEIGHT + (saveOnlyModel ? 0 : MOMENTS + (movedReference ? WEIGHT : 0));
  return { bytes: parameters * (WEIGHT + checkpoints * bytesOfOne), checkpoints };
};
