/** What is used of jstat, which has no types of its own. */
declare module 'jstat' {
  const jStat: {
    /** Student's t distribution: `inv` gives the value below which a share `p` lies. */
    readonly studentt: { inv(p: number, degreesOfFreedom: number): number };
  };
  export default jStat;
}
