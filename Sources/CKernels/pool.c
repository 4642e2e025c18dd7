// Threads that wait for jobs. The result of a job depends on its index alone, never on the worker.
#include "include/kernels.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
  assay_pool *pool;
  int32_t number;
  pthread_t thread;
} worker;

struct assay_pool {
  pthread_mutex_t lock;
  pthread_cond_t start, done;
  worker *workers;
  int32_t count;      // threads besides the caller
  int32_t busy;       // threads that have not finished the generation
  uint64_t generation;
  bool stop;
  void (*job)(void *, int64_t, int32_t);
  void *context;
  int64_t total;
  _Atomic int64_t next;
};

static void work(assay_pool *pool, int32_t number) {
  for (;;) {
    int64_t index = atomic_fetch_add(&pool->next, 1);
    if (index >= pool->total) return;
    pool->job(pool->context, index, number);
  }
}

static void *live(void *argument) {
  worker *self = argument;
  assay_pool *pool = self->pool;
  uint64_t seen = 0;
  pthread_mutex_lock(&pool->lock);
  for (;;) {
    while (pool->generation == seen && !pool->stop) pthread_cond_wait(&pool->start, &pool->lock);
    if (pool->stop) break;
    seen = pool->generation;
    pthread_mutex_unlock(&pool->lock);
    work(pool, self->number);
    pthread_mutex_lock(&pool->lock);
    if (--pool->busy == 0) pthread_cond_signal(&pool->done);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

assay_pool *assay_pool_create(int32_t threads) {
  assay_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  int32_t wanted = threads > 1 ? threads - 1 : 0;
  pool->workers = calloc((size_t)wanted + 1, sizeof *pool->workers);
  if (!pool->workers) {
    free(pool);
    return NULL;
  }
  pthread_mutex_init(&pool->lock, NULL);
  pthread_cond_init(&pool->start, NULL);
  pthread_cond_init(&pool->done, NULL);
  for (int32_t i = 0; i < wanted; i++) {
    worker *w = &pool->workers[i];
    w->pool = pool;
    w->number = i + 1;
    if (pthread_create(&w->thread, NULL, live, w)) break;
    pool->count++;
  }
  return pool;
}

int32_t assay_pool_workers(const assay_pool *pool) { return pool->count + 1; }

void assay_pool_run(
    assay_pool *pool, int64_t count, void (*job)(void *, int64_t, int32_t), void *context) {
  if (pool->count == 0 || count < 2) {
    for (int64_t i = 0; i < count; i++) job(context, i, 0);
    return;
  }
  pthread_mutex_lock(&pool->lock);
  pool->job = job;
  pool->context = context;
  pool->total = count;
  atomic_store(&pool->next, 0);
  pool->busy = pool->count;
  pool->generation++;
  pthread_cond_broadcast(&pool->start);
  pthread_mutex_unlock(&pool->lock);
  work(pool, 0);
  pthread_mutex_lock(&pool->lock);
  while (pool->busy) pthread_cond_wait(&pool->done, &pool->lock);
  pthread_mutex_unlock(&pool->lock);
}

void assay_pool_destroy(assay_pool *pool) {
  pthread_mutex_lock(&pool->lock);
  pool->stop = true;
  pthread_cond_broadcast(&pool->start);
  pthread_mutex_unlock(&pool->lock);
  for (int32_t i = 0; i < pool->count; i++) pthread_join(pool->workers[i].thread, NULL);
  pthread_cond_destroy(&pool->start);
  pthread_cond_destroy(&pool->done);
  pthread_mutex_destroy(&pool->lock);
  free(pool->workers);
  free(pool);
}

double assay_processor_seconds(void) {
  struct timespec time;
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)) return 0;
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}
