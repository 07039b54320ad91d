// What the thread sanitizer has to be told: it knows the locks of code that it compiled and those of POSIX, no others.
//
// scripts/sanitize links this into the tests that it runs under the thread sanitizer; nothing else does. It hides no
// race: it only names what really happens, a lock taken and given back, a thread begun and awaited.
//
// 1. Swift's `Mutex`. Its fast ways are inlined into its users and hence seen. Its slow ways, where threads have to wait,
//    are in libswiftSynchronization, which was not compiled for the sanitizer; without this, whatever two waiting
//    threads do one after the other looks like a race.
// 2. C11's threads, by which librdkafka synchronises and which the sanitizer knows nothing of: it crashes in a thread
//    that it has not seen begin. In glibc their types are those of POSIX, which it knows.
// 3. gRPC's completion queues. Who begins an operation hands its tag to the core, and who takes the event from the queue
//    has all that was done before; the core's own locks, which say so, are not seen.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <grpc/grpc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

void __tsan_acquire(void *);
void __tsan_release(void *);

// Swift's Mutex -------------------------------------------------------------------------------------------------------

#define LOCK_SLOWLY "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_SLOWLY "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOWLY "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

METHOD void lock_slowly(uint32_t thread, SELF) __asm__(LOCK_SLOWLY);
METHOD bool try_slowly(SELF) __asm__(TRY_SLOWLY);
METHOD void unlock_slowly(SELF) __asm__(UNLOCK_SLOWLY);

static METHOD void (*swift_lock)(uint32_t thread, SELF);
static METHOD bool (*swift_try)(SELF);
static METHOD void (*swift_unlock)(SELF);

static void *swift_function(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function) return function;
    fprintf(stderr, "ThreadInterceptors.c: this Swift's Mutex has no %s\n", name);
    abort();
}

__attribute__((constructor)) static void find_swift_functions(void) {
    // A program without a Mutex has none of them, and does not call them.
    if (!dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleVMa")) return;
    swift_lock = swift_function(LOCK_SLOWLY);
    swift_try = swift_function(TRY_SLOWLY);
    swift_unlock = swift_function(UNLOCK_SLOWLY);
}

METHOD void lock_slowly(uint32_t thread, SELF) {
    swift_lock(thread, self);
    __tsan_acquire(self);
}

METHOD bool try_slowly(SELF) {
    bool is_locked = swift_try(self);
    if (is_locked) __tsan_acquire(self);
    return is_locked;
}

METHOD void unlock_slowly(SELF) {
    __tsan_release(self);
    swift_unlock(self);
}

// C11's threads -------------------------------------------------------------------------------------------------------

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "mtx_t is no pthread_mutex_t");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "cnd_t is no pthread_cond_t");
_Static_assert(sizeof(thrd_t) == sizeof(pthread_t), "thrd_t is no pthread_t");
_Static_assert(sizeof(once_flag) == sizeof(pthread_once_t), "once_flag is no pthread_once_t");

static int result(int error) {
    switch (error) {
    case 0: return thrd_success;
    case EBUSY: return thrd_busy;
    case ENOMEM: return thrd_nomem;
    case ETIMEDOUT: return thrd_timedout;
    default: return thrd_error;
    }
}

struct start {
    thrd_start_t function;
    void *argument;
};

static void *run(void *pointer) {
    struct start start = *(struct start *)pointer;
    free(pointer);
    return (void *)(intptr_t)start.function(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t function, void *argument) {
    struct start *start = malloc(sizeof *start);
    if (!start) return thrd_nomem;
    *start = (struct start){function, argument};
    int error = pthread_create(thread, NULL, run, start);
    if (error) free(start);
    return result(error == EAGAIN ? ENOMEM : error);
}

int thrd_join(thrd_t thread, int *value) {
    void *returned = NULL;
    int error = pthread_join(thread, &returned);
    if (!error && value) *value = (int)(intptr_t)returned;
    return result(error);
}

int mtx_init(mtx_t *mutex, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (type & mtx_recursive) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    int error = pthread_mutex_init((pthread_mutex_t *)mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return result(error);
}

int mtx_lock(mtx_t *mutex) { return result(pthread_mutex_lock((pthread_mutex_t *)mutex)); }
int mtx_trylock(mtx_t *mutex) { return result(pthread_mutex_trylock((pthread_mutex_t *)mutex)); }
int mtx_unlock(mtx_t *mutex) { return result(pthread_mutex_unlock((pthread_mutex_t *)mutex)); }
void mtx_destroy(mtx_t *mutex) { pthread_mutex_destroy((pthread_mutex_t *)mutex); }

int cnd_init(cnd_t *condition) { return result(pthread_cond_init((pthread_cond_t *)condition, NULL)); }
int cnd_signal(cnd_t *condition) { return result(pthread_cond_signal((pthread_cond_t *)condition)); }
int cnd_broadcast(cnd_t *condition) { return result(pthread_cond_broadcast((pthread_cond_t *)condition)); }
void cnd_destroy(cnd_t *condition) { pthread_cond_destroy((pthread_cond_t *)condition); }

int cnd_wait(cnd_t *condition, mtx_t *mutex) {
    return result(pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex));
}

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *time) {
    return result(pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, time));
}

void call_once(once_flag *flag, void (*function)(void)) { pthread_once((pthread_once_t *)flag, function); }

// gRPC's completion queues --------------------------------------------------------------------------------------------

// The core's function of this name, behind ours.
#define CORE(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

grpc_call_error grpc_call_start_batch(
    grpc_call *call, const grpc_op *operations, size_t count, void *tag, void *reserved
) {
    __tsan_release(tag);
    return CORE(grpc_call_start_batch)(call, operations, count, tag, reserved);
}

grpc_call_error grpc_server_request_call(
    grpc_server *server, grpc_call **call, grpc_call_details *details, grpc_metadata_array *metadata,
    grpc_completion_queue *bound, grpc_completion_queue *notified, void *tag
) {
    __tsan_release(tag);
    return CORE(grpc_server_request_call)(server, call, details, metadata, bound, notified, tag);
}

grpc_call_error grpc_server_request_registered_call(
    grpc_server *server, void *method, grpc_call **call, gpr_timespec *deadline, grpc_metadata_array *metadata,
    grpc_byte_buffer **payload, grpc_completion_queue *bound, grpc_completion_queue *notified, void *tag
) {
    __tsan_release(tag);
    return CORE(grpc_server_request_registered_call)(
        server, method, call, deadline, metadata, payload, bound, notified, tag
    );
}

void grpc_server_shutdown_and_notify(grpc_server *server, grpc_completion_queue *queue, void *tag) {
    __tsan_release(tag);
    CORE(grpc_server_shutdown_and_notify)(server, queue, tag);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue *queue, gpr_timespec deadline, void *reserved) {
    grpc_event event = CORE(grpc_completion_queue_next)(queue, deadline, reserved);
    if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
    return event;
}
