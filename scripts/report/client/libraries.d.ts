/** What the page has of libraries, as globals. */

declare const vega: {
  parse(spec: object, config: undefined, options: { ast: boolean }): object;
  logger(level: number): object;
  readonly Error: number;
  readonly View: new (runtime: object, options: object) => never;
};

declare const expressionInterpreter: object;
