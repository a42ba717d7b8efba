package org.jacobi.natives.cuda;

import java.util.List;
import java.util.Map;

/**
 * Every function of CUDA's libraries that is called here.
 *
 * <p>JavaCPP's binding looks a function up when it is first called, and a library without it then ends the process: the
 * bindings of CUDA 13.1 name functions that 13.0 lacks. So what is called is listed, the lists are compared with the
 * driver when it is loaded, and tests hold the code against them.
 */
final class CudaFunctions {
    /** Functions of the driver (libcuda), by the name in the binding, with the symbol that the header means by it. */
    static final Map<String, String> DRIVER = Map.ofEntries(Map.entry("cuInit", "cuInit"),
            Map.entry("cuGetErrorName", "cuGetErrorName"),
            Map.entry("cuGetErrorString", "cuGetErrorString"), Map.entry("cuDeviceGetCount", "cuDeviceGetCount"),
            Map.entry("cuDeviceGet", "cuDeviceGet"), Map.entry("cuDeviceGetName", "cuDeviceGetName"),
            Map.entry("cuDeviceGetAttribute", "cuDeviceGetAttribute"),
            Map.entry("cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRetain"),
            Map.entry("cuCtxSetCurrent", "cuCtxSetCurrent"), Map.entry("cuMemGetInfo", "cuMemGetInfo_v2"),
            Map.entry("cuMemAlloc", "cuMemAlloc_v2"), Map.entry("cuMemFree", "cuMemFree_v2"),
            Map.entry("cuMemHostAlloc", "cuMemHostAlloc"),
            Map.entry("cuMemcpyHtoDAsync", "cuMemcpyHtoDAsync_v2"),
            Map.entry("cuMemcpyDtoHAsync", "cuMemcpyDtoHAsync_v2"),
            Map.entry("cuMemcpyDtoDAsync", "cuMemcpyDtoDAsync_v2"), Map.entry("cuStreamCreate", "cuStreamCreate"),
            Map.entry("cuStreamSynchronize", "cuStreamSynchronize"),
            Map.entry("cuStreamBeginCapture", "cuStreamBeginCapture_v2"),
            Map.entry("cuStreamEndCapture", "cuStreamEndCapture"), Map.entry("cuEventCreate", "cuEventCreate"),
            Map.entry("cuEventRecord", "cuEventRecord"), Map.entry("cuEventSynchronize", "cuEventSynchronize"),
            Map.entry("cuEventElapsedTime", "cuEventElapsedTime_v2"),
            Map.entry("cuModuleLoadData", "cuModuleLoadData"),
            Map.entry("cuModuleGetFunction", "cuModuleGetFunction"),
            Map.entry("cuFuncSetAttribute", "cuFuncSetAttribute"), Map.entry("cuLaunchKernel", "cuLaunchKernel"),
            Map.entry("cuGraphInstantiate", "cuGraphInstantiateWithFlags"),
            Map.entry("cuGraphLaunch", "cuGraphLaunch"), Map.entry("cuGraphExecDestroy", "cuGraphExecDestroy"),
            Map.entry("cuGraphDestroy", "cuGraphDestroy"));

    /** Functions of the runtime (libcudart), which is loaded only because the binding is linked against it. */
    static final List<String> RUNTIME = List.of("cudaRuntimeGetVersion");

    /** Functions of the compiler (libnvrtc). */
    static final List<String> NVRTC = List.of("nvrtcVersion", "nvrtcGetErrorString", "nvrtcGetNumSupportedArchs",
            "nvrtcGetSupportedArchs", "nvrtcCreateProgram", "nvrtcCompileProgram", "nvrtcDestroyProgram",
            "nvrtcGetProgramLogSize", "nvrtcGetProgramLog", "nvrtcGetCUBINSize", "nvrtcGetCUBIN");

    /** Functions for matrix products (libcublasLt). */
    static final List<String> CUBLASLT = List.of("cublasLtCreate", "cublasLtGetVersion", "cublasLtGetStatusName",
            "cublasLtMatmulDescCreate", "cublasLtMatmulDescSetAttribute", "cublasLtMatrixLayoutCreate",
            "cublasLtMatrixLayoutSetAttribute", "cublasLtMatmulPreferenceCreate",
            "cublasLtMatmulPreferenceSetAttribute", "cublasLtMatmulPreferenceDestroy",
            "cublasLtMatmulAlgoGetHeuristic", "cublasLtMatmul");

    private CudaFunctions() {
    }
}
