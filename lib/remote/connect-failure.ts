/** A connection that never came about, with ssh's own words. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
  readonly host: string;
  readonly stderr: string;
  readonly status: number | null;

  constructor(host: string, stderr: string, status: number | null) {
    super(`${host}: ${stderr.trim()}`);
    this.host = host;
    this.stderr = stderr;
    this.status = status;
  }
}
