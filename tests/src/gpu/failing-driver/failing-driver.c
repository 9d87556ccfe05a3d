/*
 * A Vulkan driver that fails on demand: it hands every call to a real driver, but for what these variables ask of it.
 * Results are those that the Vulkan specification has for such failures.
 *
 *   cc -shared -fPIC -O1 -o libfailing_driver.so failing-driver.c -ldl -lpthread
 *   echo '{"file_format_version":"1.0.0","ICD":{"library_path":"'$PWD'/libfailing_driver.so","api_version":"1.1.0"}}' >failing.json
 *   export VK_ICD_FILENAMES=$PWD/failing.json FAILING_DRIVER_REAL=/usr/lib/chromium/libvk_swiftshader.so
 *   FAILING_DRIVER_LOSE_AT=40 npx pavlov generate --model models/arithmetic --prompt "1+1=" --device webgpu
 *
 *   FAILING_DRIVER_REAL         the real driver's library (no manifest)
 *   FAILING_DRIVER_LOSE_AT      the device is lost at the n-th submit, counted from 1, and stays so
 *   FAILING_DRIVER_LOSE_WHEN    the device is lost at the first submit after this file is there
 *   FAILING_DRIVER_CRASH_WHEN   the process aborts, as in a driver that crashes, at the first submit after this file is there
 *   FAILING_DRIVER_MEMORY       bytes that allocations may hold together; what goes beyond is out of device memory
 *   FAILING_DRIVER_MEMORY_WHEN  no memory is given any more once this file is there
 *   FAILING_DRIVER_RANGE        bytes of the largest storage buffer that a shader may see (maxStorageBufferRange)
 *   FAILING_DRIVER_ALLOCATION   bytes of the largest allocation (maxMemoryAllocationSize, maxBufferSize)
 *   FAILING_DRIVER_CLAIM_F16    1 claims float16 in shaders and 16-bit storage, whatever the real driver has
 *   FAILING_DRIVER_WRONG        1 adds where shaders multiply floats
 *   FAILING_DRIVER_LOG          each process keeps its submits, the bytes it holds and held at most in this path and its id
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int32_t Result;
typedef void (*Function)(void);
enum { SUCCESS = 0, OUT_OF_DEVICE_MEMORY = -2, DEVICE_LOST = -4 };

/* Of vulkan_core.h, what is read or changed here. */
typedef struct Chain { uint32_t type; struct Chain *next; } Chain;
enum {
  TYPE_PROPERTIES_11 = 50, TYPE_FEATURES_11 = 49, TYPE_FEATURES_12 = 51,
  TYPE_16BIT_STORAGE = 1000083000, TYPE_FLOAT16_INT8 = 1000082000,
  TYPE_MAINTENANCE3 = 1000168000, TYPE_MAINTENANCE4 = 1000413001, TYPE_PROPERTIES_13 = 54
};
typedef struct { uint32_t type; void *next; uint64_t size; uint32_t memoryType; } AllocateInfo;
typedef struct { uint32_t type; const void *next; uint32_t flags; size_t bytes; const uint32_t *code; } ShaderInfo;
/* VkPhysicalDeviceProperties has 296 bytes before its limits, whose eighth number is maxStorageBufferRange. */
enum { RANGE_OFFSET = 296 + 7 * 4, PROPERTIES_IN_CHAIN = 16 };

/* What is replaced. Names with KHR or EXT are the same functions. */
#define REPLACED(X) \
  X(vkGetDeviceProcAddr) X(vkGetPhysicalDeviceProperties) X(vkGetPhysicalDeviceProperties2) \
  X(vkGetPhysicalDeviceFeatures2) X(vkCreateDevice) X(vkQueueSubmit) X(vkQueueSubmit2) X(vkWaitForFences) \
  X(vkGetFenceStatus) X(vkQueueWaitIdle) X(vkDeviceWaitIdle) X(vkAllocateMemory) X(vkFreeMemory) X(vkCreateShaderModule)
#define INDEX(name) name##_index,
enum { REPLACED(INDEX) COUNT };
static Function real[COUNT];
#define REAL(name, ...) ((Result(*)(__VA_ARGS__))real[name##_index])

static Function (*instance_function)(void *, const char *);
static Function (*physical_device_function)(void *, const char *);
static Result (*negotiate)(uint32_t *);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct { uint64_t memory, size; } held[1 << 16];
static uint64_t submits, bytes, most_bytes;
static int lost;

static uint64_t number(const char *name) {
  const char *text = getenv(name);
  return text && *text ? strtoull(text, NULL, 10) : 0;
}

static int is_there(const char *name) {
  const char *path = getenv(name);
  return path && *path && access(path, F_OK) == 0;
}

__attribute__((constructor)) static void open_real(void) {
  const char *path = getenv("FAILING_DRIVER_REAL");
  void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library) {
    fprintf(stderr, "failing-driver: FAILING_DRIVER_REAL is no driver's library: %s\n", path ? dlerror() : "not set");
    return;
  }
  instance_function = (Function(*)(void *, const char *))dlsym(library, "vk_icdGetInstanceProcAddr");
  physical_device_function = (Function(*)(void *, const char *))dlsym(library, "vk_icdGetPhysicalDeviceProcAddr");
  negotiate = (Result(*)(uint32_t *))dlsym(library, "vk_icdNegotiateLoaderICDInterfaceVersion");
}

/* Overwrites one line, since a process that is killed tells nothing at its end. */
static void tell(void) {
  static int file = -1;
  char line[96];
  const char *path = getenv("FAILING_DRIVER_LOG");
  if (!path) return;
  if (file < 0) {
    snprintf(line, sizeof line, "%.60s.%d", path, (int)getpid());
    file = open(line, O_CREAT | O_WRONLY | O_TRUNC, 0644);
  }
  int length = snprintf(line, sizeof line, "{\"submits\":%10llu,\"bytes\":%12llu,\"most\":%12llu}\n",
    (unsigned long long)submits, (unsigned long long)bytes, (unsigned long long)most_bytes);
  if (file >= 0 && pwrite(file, line, (size_t)length, 0) < 0) file = -1;
}

/* The device's end. */

static int lose_at_submit(void *queue) {
  pthread_mutex_lock(&lock);
  submits++;
  tell();
  uint64_t at = number("FAILING_DRIVER_LOSE_AT");
  if (!lost && ((at && submits >= at) || is_there("FAILING_DRIVER_LOSE_WHEN"))) {
    /* A lost device touches no memory any more: the real one must not work on in what is freed now. */
    if (real[vkQueueWaitIdle_index]) REAL(vkQueueWaitIdle, void *)(queue);
    lost = 1;
  }
  if (is_there("FAILING_DRIVER_CRASH_WHEN")) abort();
  pthread_mutex_unlock(&lock);
  return lost;
}
static Result own_vkQueueSubmit(void *queue, uint32_t count, const void *work, uint64_t fence) {
  if (lose_at_submit(queue)) return DEVICE_LOST;
  return REAL(vkQueueSubmit, void *, uint32_t, const void *, uint64_t)(queue, count, work, fence);
}
static Result own_vkQueueSubmit2(void *queue, uint32_t count, const void *work, uint64_t fence) {
  if (lose_at_submit(queue)) return DEVICE_LOST;
  return REAL(vkQueueSubmit2, void *, uint32_t, const void *, uint64_t)(queue, count, work, fence);
}
static Result own_vkWaitForFences(void *device, uint32_t count, const uint64_t *fences, uint32_t all, uint64_t time) {
  if (lost) return DEVICE_LOST;
  return REAL(vkWaitForFences, void *, uint32_t, const uint64_t *, uint32_t, uint64_t)(device, count, fences, all, time);
}
static Result own_vkGetFenceStatus(void *device, uint64_t fence) {
  return lost ? DEVICE_LOST : REAL(vkGetFenceStatus, void *, uint64_t)(device, fence);
}
static Result own_vkQueueWaitIdle(void *queue) { return lost ? DEVICE_LOST : REAL(vkQueueWaitIdle, void *)(queue); }
static Result own_vkDeviceWaitIdle(void *device) { return lost ? DEVICE_LOST : REAL(vkDeviceWaitIdle, void *)(device); }

/* Its memory. */

static Result own_vkAllocateMemory(void *device, const AllocateInfo *info, const void *allocator, uint64_t *memory) {
  uint64_t budget = number("FAILING_DRIVER_MEMORY");
  pthread_mutex_lock(&lock);
  int full = (budget && bytes + info->size > budget) || is_there("FAILING_DRIVER_MEMORY_WHEN");
  Result result = full ? OUT_OF_DEVICE_MEMORY
                       : REAL(vkAllocateMemory, void *, const void *, const void *, uint64_t *)(device, info, allocator, memory);
  for (size_t place = 0; result == SUCCESS && place < sizeof held / sizeof *held; place++) {
    if (held[place].memory) continue;
    held[place].memory = *memory;
    held[place].size = info->size;
    bytes += info->size;
    if (bytes > most_bytes) most_bytes = bytes;
    break;
  }
  pthread_mutex_unlock(&lock);
  return result;
}
static void own_vkFreeMemory(void *device, uint64_t memory, const void *allocator) {
  pthread_mutex_lock(&lock);
  for (size_t place = 0; memory && place < sizeof held / sizeof *held; place++) {
    if (held[place].memory != memory) continue;
    bytes -= held[place].size;
    held[place].memory = 0;
    break;
  }
  pthread_mutex_unlock(&lock);
  ((void (*)(void *, uint64_t, const void *))real[vkFreeMemory_index])(device, memory, allocator);
}

/* What it says of itself. */

static void lower(void *place, const char *name, size_t width) {
  uint64_t limit = number(name), value = 0;
  memcpy(&value, place, width);
  if (limit && limit < value) memcpy(place, &limit, width);
}
static void own_vkGetPhysicalDeviceProperties(void *device, char *properties) {
  REAL(vkGetPhysicalDeviceProperties, void *, void *)(device, properties);
  lower(properties + RANGE_OFFSET, "FAILING_DRIVER_RANGE", 4);
}
static void own_vkGetPhysicalDeviceProperties2(void *device, Chain *chain) {
  REAL(vkGetPhysicalDeviceProperties2, void *, void *)(device, chain);
  lower((char *)chain + PROPERTIES_IN_CHAIN + RANGE_OFFSET, "FAILING_DRIVER_RANGE", 4);
  for (Chain *link = chain->next; link; link = link->next) {
    /* Their last member is the size; those of Vulkan 1.1 and 1.3 end with it as well. */
    if (link->type == TYPE_MAINTENANCE3) lower((char *)link + 24, "FAILING_DRIVER_ALLOCATION", 8);
    if (link->type == TYPE_PROPERTIES_11) lower((char *)link + 104, "FAILING_DRIVER_ALLOCATION", 8);
    if (link->type == TYPE_MAINTENANCE4) lower((char *)link + 16, "FAILING_DRIVER_ALLOCATION", 8);
    if (link->type == TYPE_PROPERTIES_13) lower((char *)link + 208, "FAILING_DRIVER_ALLOCATION", 8);
  }
}
/* Sets the features of float16 in a chain, which the real driver must not be asked for. */
static void set_float16(Chain *link, uint32_t value) {
  for (; link; link = link->next) {
    uint32_t *flags = (uint32_t *)((char *)link + 16);
    if (link->type == TYPE_FLOAT16_INT8) flags[0] = value;
    if (link->type == TYPE_16BIT_STORAGE || link->type == TYPE_FEATURES_11) flags[0] = flags[1] = value;
    if (link->type == TYPE_FEATURES_12) flags[7] = value; /* shaderFloat16 */
  }
}
static void own_vkGetPhysicalDeviceFeatures2(void *device, Chain *chain) {
  REAL(vkGetPhysicalDeviceFeatures2, void *, void *)(device, chain);
  if (number("FAILING_DRIVER_CLAIM_F16")) set_float16(chain->next, 1);
}
static Result own_vkCreateDevice(void *physical, Chain *info, const void *allocator, void **device) {
  if (number("FAILING_DRIVER_CLAIM_F16")) set_float16(info->next, 0);
  return REAL(vkCreateDevice, void *, void *, const void *, void **)(physical, info, allocator, device);
}

/* What it computes. */

static Result own_vkCreateShaderModule(void *device, const ShaderInfo *info, const void *allocator, uint64_t *module) {
  ShaderInfo changed = *info;
  uint32_t *code = number("FAILING_DRIVER_WRONG") ? malloc(info->bytes) : NULL;
  if (code) {
    changed.code = memcpy(code, info->code, info->bytes);
    /* After a head of five words, instructions: their length above their number, where 133 is OpFMul and 129 OpFAdd. */
    for (size_t at = 5; at < info->bytes / 4 && code[at] >> 16; at += code[at] >> 16)
      if ((code[at] & 0xffff) == 133) code[at] = (code[at] & 0xffff0000) | 129;
  }
  Result result = REAL(vkCreateShaderModule, void *, const void *, const void *, uint64_t *)(device, &changed, allocator, module);
  free(code);
  return result;
}

/* Which function a name is. */

static Function own_vkGetDeviceProcAddr(void *device, const char *name);
#define ENTRY(name) {#name, (Function)own_##name},
static const struct { const char *name; Function own; } replaced[COUNT] = {REPLACED(ENTRY)};

static Function replace(const char *name, Function found) {
  for (int index = 0; found && index < COUNT; index++) {
    size_t length = strlen(replaced[index].name);
    if (strncmp(name, replaced[index].name, length)) continue;
    if (name[length] && strcmp(name + length, "KHR") && strcmp(name + length, "EXT")) continue;
    real[index] = found;
    return replaced[index].own;
  }
  return found;
}
static Function own_vkGetDeviceProcAddr(void *device, const char *name) {
  return replace(name, ((Function(*)(void *, const char *))real[vkGetDeviceProcAddr_index])(device, name));
}
Function vk_icdGetInstanceProcAddr(void *instance, const char *name) {
  return instance_function ? replace(name, instance_function(instance, name)) : NULL;
}
Function vk_icdGetPhysicalDeviceProcAddr(void *instance, const char *name) {
  return physical_device_function ? replace(name, physical_device_function(instance, name)) : NULL;
}
Result vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
  return negotiate ? negotiate(version) : -9; /* VK_ERROR_INCOMPATIBLE_DRIVER */
}
