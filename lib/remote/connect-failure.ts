/** A connection that never came about, with ssh's own words, and what the host printed before it ended. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
  readonly host: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly said: string;

  constructor(host: string, stderr: string, status: number | null, said = "") {
    super(`${host}: ${stderr.trim()}`);
    this.host = host;
    this.stderr = stderr;
    this.status = status;
    this.said = said;
  }
}
