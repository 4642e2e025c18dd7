#ifndef CSQLITE_SHIM_H
#define CSQLITE_SHIM_H
#include <sqlite3.h>
/* sqlite3_db_config is variadic in C, so Swift cannot call it. */
static inline int assay_sqlite_defensive(sqlite3 *db) {
  int done = 0;
  int rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, &done);
  if (rc == SQLITE_OK) rc = sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &done);
  return rc;
}
/* A destructor constant that is a cast integer is invisible to Swift. */
static inline int assay_sqlite_bind_text(sqlite3_stmt *s, int i, const char *t, int n) {
  return sqlite3_bind_text(s, i, t, n, SQLITE_TRANSIENT);
}
#endif
