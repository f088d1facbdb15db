/** The one API version the stand-in speaks: the one that stripe 23.1 pins. */
export const apiVersion = "2026-10-28.endive";
