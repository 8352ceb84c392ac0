/**
 * What volatile work is charged. The originals' instructions were counted by instrumented execution, in
 * two builds. How long they take is the profile's: one number of instructions a cycle for every program.
 * The originals ran natively too, without flushes, and got from 1.2 to 12 instructions a nanosecond; so
 * one number is right for the mean and up to three times wrong for one program.
 *
 * 'native' gives each program its own speed. The timing model knows instructions only, so the count is
 * scaled: on a core of {@link REFERENCE_INSTRUCTIONS_PER_NS}, which is what `paper-2018` has, it takes as
 * long as it took natively. On other cores it is as much faster or slower as they are.
 *
 * The native times are medians of three to seven runs on a virtual machine with two x86-64 processors
 * whose clock is not known, PM on tmpfs; they are good to 10 to 25 %.
 * Not modelled: they hold the program's accesses to PM too, which are charged again as such.
 */

/** Builds of the originals: 'o2', optimised; 'whisper', with the original suite's own flags. */
export type Build = 'o2' | 'whisper';

/**
 * What to charge as volatile work: the instructions of either build; or 'native', those of 'o2' at each
 * program's own native speed.
 */
export const COMPUTE_MODELS = ['o2', 'whisper', 'native'] as const;

/** One of {@link COMPUTE_MODELS}. */
export type ComputeModel = (typeof COMPUTE_MODELS)[number];

/** 1.5 instructions a cycle at 2.4 GHz: the core of `paper-2018`. */
export const REFERENCE_INSTRUCTIONS_PER_NS = 3.6;

/**
 * What the debug build of nvml 1.1 adds to an insert: its checks, not the map's work. Measured on two
 * maps, ctree (85 970 - 7243 = 78 727) and hashmap (85 915 - 8142 = 77 773); this is the mean.
 * Assumption: it adds as much to maps of which that build was not measured.
 */
export const NVML_DEBUG_INSTRUCTIONS = 78_250;

/** The build whose instructions are charged under `model`. */
export function buildOf(model: ComputeModel): Build {
  return model === 'whisper' ? 'whisper' : 'o2';
}

/**
 * `counts`, of `buildOf(model)`, as they are charged: under 'native' scaled by type, where a speed is
 * known. `instructionsPerNs` has one speed for all types, or one for each.
 */
export function chargedInstructions(
  model: ComputeModel,
  counts: readonly number[],
  instructionsPerNs: number | readonly number[] | undefined,
): readonly number[] {
  if (model !== 'native' || instructionsPerNs === undefined) return counts;
  return counts.map((count, type) => {
    const speed =
      typeof instructionsPerNs === 'number' ? instructionsPerNs : instructionsPerNs[type];
    return Math.round((count * REFERENCE_INSTRUCTIONS_PER_NS) / speed);
  });
}
