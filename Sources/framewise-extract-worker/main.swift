import CAllocations
import Extraction

ExtractionWorker.run(refusedAllocations: fw_refused_allocations)
